#include "conf/ctl/full_screen.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "conf/ctl/terminal.hpp"

namespace fedhub::ctl {

namespace {

// ECMA-48, and DEC's private modes that all terminals in use have.
constexpr std::string_view enter = "\x1b[?1049h\x1b[?25l"; ///< the alternate screen, no cursor.
constexpr std::string_view leave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view home = "\x1b[H";
constexpr std::string_view clear_line = "\x1b[K";
constexpr std::string_view clear_below = "\x1b[J";

constexpr char end_of_text = '\x03'; ///< Ctrl-C, where the terminal makes no signal of it.

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH})
    sigaddset(&set, signal);
  return set;
}

} // namespace

full_screen::full_screen(bool keys) {
  const auto watched = watched_signals();
  sigprocmask(SIG_BLOCK, &watched, &former_signals_);
  signals_ = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  termios input{};
  if (keys && ::tcgetattr(STDIN_FILENO, &input) == 0) {
    former_input_ = input;
    input.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    input.c_cc[VMIN] = 1;
    input.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &input);
  }
  static_cast<void>(write_all(STDOUT_FILENO, enter));
}

full_screen::~full_screen() {
  static_cast<void>(write_all(STDOUT_FILENO, leave));
  if (former_input_)
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &*former_input_); // keys that nobody has read are no input
  if (signals_ >= 0)
    ::close(signals_);
  sigprocmask(SIG_SETMASK, &former_signals_, nullptr);
}

bool full_screen::show(const std::vector<std::string>& lines) {
  std::string text{home};
  for (const auto& line : lines) {
    text.append(line).append(clear_line);
    // The last line has no end, which would move the page up.
    if (&line != &lines.back())
      text += "\r\n";
  }
  text += clear_below;
  return !write_all(STDOUT_FILENO, text);
}

screen_event full_screen::wait(std::chrono::milliseconds time) {
  std::array<pollfd, 2> sources{pollfd{signals_, POLLIN, 0},
                                pollfd{former_input_ ? STDIN_FILENO : -1, POLLIN, 0}};
  const auto left = static_cast<int>(std::max<int64_t>(time.count(), 0));
  if (::poll(sources.data(), sources.size(), left) <= 0)
    return screen_event::time;
  if (sources[0].revents != 0)
    return read_signal();
  return read_keys();
}

screen_event full_screen::read_signal() {
  signalfd_siginfo signal{};
  if (::read(signals_, &signal, sizeof signal) != sizeof signal)
    return screen_event::time;
  switch (signal.ssi_signo) {
  case SIGWINCH:
    return screen_event::resized;
  case SIGTSTP: // a program that is stopped can't restore the terminal
    return screen_event::key;
  default:
    return screen_event::end;
  }
}

screen_event full_screen::read_keys() {
  std::array<char, 64> keys{};
  const auto count = ::read(STDIN_FILENO, keys.data(), keys.size());
  if (count <= 0)
    return screen_event::end; // the terminal is gone
  const std::string_view pressed{keys.data(), static_cast<size_t>(count)};
  return pressed.find_first_of("qQ") != pressed.npos || pressed.find(end_of_text) != pressed.npos
           ? screen_event::end
           : screen_event::key;
}

} // namespace fedhub::ctl
