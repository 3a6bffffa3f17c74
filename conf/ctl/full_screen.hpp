// A page that fills the terminal and changes in place.
#pragma once

#include <signal.h>
#include <termios.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fedhub::ctl {

/// Why `full_screen::wait` has returned.
enum class screen_event : uint8_t {
  time,    ///< the time is over.
  resized, ///< the terminal has another size.
  key,     ///< any key but the next one.
  end,     ///< "q", Ctrl-C, or a signal that ends programs.
};

/// Owns the terminal: its alternate screen, without echo. The destructor restores all of it, and
/// what was on the terminal before is there again. There is one at a time, and one thread.
class full_screen {
public:
  /// Takes the signals that end programs, and the one of a new size: they come out of `wait`.
  /// @param keys whether keys are read from standard input, which must be a terminal for that.
  explicit full_screen(bool keys);
  full_screen(const full_screen&) = delete;
  full_screen& operator=(const full_screen&) = delete;
  ~full_screen();

  /// Writes a page over the one before. @returns false if the terminal is gone.
  bool show(const std::vector<std::string>& lines);

  /// Waits for an event, for `time` at most.
  screen_event wait(std::chrono::milliseconds time);

private:
  screen_event read_signal();
  screen_event read_keys();

  int signals_ = -1;
  sigset_t former_signals_{};
  std::optional<termios> former_input_; ///< of standard input; nothing: no keys are read.
};

} // namespace fedhub::ctl
