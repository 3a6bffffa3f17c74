#include "conf/ctl/capture.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "conf/ctl/json_answer.hpp"
#include "conf/ctl/readable.hpp"
#include "protocol/text/printable_text.hpp"

namespace fedhub::ctl {

namespace {

using std::chrono::milliseconds;

/// Between two looks at the capture.
constexpr milliseconds look_interval{500};
constexpr std::chrono::seconds end_patience{10}; ///< of the hub, once the time is over.
constexpr size_t longest_shown_path = 300;
constexpr mode_t capture_file_mode = 0600;

volatile sig_atomic_t interrupted = 0;

/// Notes the first SIGINT or SIGTERM; one more ends the program.
class interruption {
public:
  interruption() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    action.sa_flags = SA_RESETHAND;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
  }
};

std::string errno_text() { return std::generic_category().message(errno); }

/// The file that the capture goes to.
class capture_output {
public:
  explicit capture_output(std::string path) : path_(std::move(path)) {}
  capture_output(const capture_output&) = delete;
  capture_output& operator=(const capture_output&) = delete;
  ~capture_output() {
    if (fd_ >= 0 && !is_standard_output())
      ::close(fd_);
  }

  bool is_standard_output() const { return path_ == "-"; }
  std::string name() const {
    return is_standard_output() ? "standard output" : printable(path_, longest_shown_path);
  }

  /// Opens the file, and leaves its content. @returns why it can't be written; empty if it can.
  std::string open() {
    if (is_standard_output()) {
      fd_ = STDOUT_FILENO;
      return ::isatty(fd_) != 0 ? "it is a terminal; name a file" : "";
    }
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, capture_file_mode);
    created_ = fd_ >= 0;
    if (!created_ && errno == EEXIST)
      fd_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    return fd_ < 0 ? errno_text() : "";
  }

  /// Removes a file that was made for nothing.
  void forget() const {
    if (created_)
      ::unlink(path_.c_str());
  }

  /// Prepares a file for its new content, which only its owner may read.
  std::string begin() const {
    struct stat status {};
    if (is_standard_output() || ::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode))
      return {};
    return ::fchmod(fd_, capture_file_mode) != 0 || ::ftruncate(fd_, 0) != 0 ? errno_text() : "";
  }

  bool write(std::string_view octets) {
    if (const auto error = write_all(fd_, octets)) {
      why_ = error.message();
      return false;
    }
    return true;
  }
  /// Returns why `write` has failed.
  const std::string& why() const { return why_; }

private:
  std::string path_;
  int fd_ = -1;
  bool created_ = false;
  std::string why_;
};

/// One call of the command.
class capture_call {
public:
  capture_call(const task& asked, api_client& client, const call_output& output)
    : asked_(asked), client_(client), output_(output), file_(asked.capture.file) {}

  int run() {
    if (const auto why = file_.open(); !why.empty()) {
      output_.complain("can't write to " + file_.name() + ": " + why + '\n');
      return exit_wrong_call;
    }
    const interruption until_now;
    if (!start() || !wait() || !save())
      return code_;
    return show();
  }

private:
  /// Notes the exit code of a call that can't go on. @returns false
  bool fail(int code) {
    code_ = code;
    return false;
  }

  /// Sends a request. @returns its answer if it is a success.
  std::optional<http_answer> ask(const api_request& request) {
    auto answer = client_.ask(request);
    if (!answer) {
      code_ = output_.no_answer(answer.error());
      return {};
    }
    if (!is_success(*answer)) {
      code_ = output_.refusal(*answer);
      return {};
    }
    return std::move(*answer);
  }

  bool start() {
    const auto answer = ask(asked_.request);
    const auto row = answer ? parse_json(answer->body) : std::nullopt;
    if (row && member(*row, "id").is_number_unsigned()) {
      id_ = std::to_string(member(*row, "id").get<uint64_t>());
      output_.complain("capture " + id_ + " runs for "
                       + readable_duration(static_cast<double>(asked_.capture.time.count()))
                       + "; Ctrl-C ends it\n");
      return true;
    }
    file_.forget();
    return answer ? fail(output_.not_understood("a capture has no id")) : false;
  }

  /// Waits until the capture has ended, and ends it if the user wants that.
  bool wait() {
    const auto last_look = std::chrono::steady_clock::now() + asked_.capture.time + end_patience;
    while (true) {
      if (interrupted != 0 && !ended_) {
        ended_ = true;
        if (!ask({http_method::remove, "captures/" + id_}))
          return false;
      }
      if (!look())
        return false;
      if (text_member(row_, "state") != "running")
        return true;
      if (std::chrono::steady_clock::now() > last_look)
        return fail(output_.not_understood("the capture does not end"));
      const auto pause = ended_ ? look_interval / 10 : look_interval;
      ::poll(nullptr, 0, static_cast<int>(pause.count())); // a signal ends the wait
    }
  }

  /// Finds the row of the capture.
  bool look() {
    const auto answer = ask({http_method::get, "captures"});
    if (!answer)
      return false;
    const auto list = parse_json(answer->body);
    for (const auto& row : list ? member(*list, "items") : json{})
      if (member(row, "id").is_number_unsigned()
          && std::to_string(member(row, "id").get<uint64_t>()) == id_) {
        row_ = row;
        return true;
      }
    output_.complain("the hub has no capture " + id_ + " any more\n");
    return fail(exit_bad_news);
  }

  bool save() {
    if (const auto why = file_.begin(); !why.empty())
      return cannot_write(why);
    const auto answer =
      client_.download({http_method::get, "captures/" + id_},
                       [this](std::string_view octets) { return file_.write(octets); });
    if (!file_.why().empty())
      return cannot_write(file_.why());
    if (!answer)
      return fail(output_.no_answer(answer.error()));
    return is_success(*answer) || fail(output_.refusal(*answer));
  }

  bool cannot_write(const std::string& why) {
    output_.complain("can't write to " + file_.name() + ": " + why + "; the hub keeps capture "
                     + id_ + " for 24 h\n");
    return fail(exit_bad_news);
  }

  uint64_t number(std::string_view name) const {
    const auto& value = member(row_, name);
    return value.is_number_unsigned() ? value.get<uint64_t>() : 0;
  }

  /// Shows what the file has.
  int show() const {
    const auto state = text_member(row_, "state");
    const int code = state == "ended" || state == "full" ? exit_good : exit_bad_news;
    auto line = std::to_string(number("packets")) + " packets in " + file_.name() + " ("
                + readable_size(static_cast<double>(number("bytes"))) + ')';
    if (const auto dropped = number("dropped"); dropped > 0)
      line += ", " + std::to_string(dropped) + " are missing";
    if (state != "ended")
      line += "; it ended early: " + printable(text_member(row_, "detail"), longest_shown_path);
    if (output_.as_json() && !file_.is_standard_output())
      return output_.print_json(row_.dump(), code);
    output_.complain(line + '\n');
    return code;
  }

  const task& asked_;
  api_client& client_;
  const call_output& output_;
  capture_output file_;
  std::string id_;
  json row_;           ///< of the capture, as last seen.
  bool ended_ = false; ///< the user has ended it.
  int code_ = exit_bad_news;
};

} // namespace

int run_capture(const task& asked, api_client& client, const call_output& output) {
  return capture_call{asked, client, output}.run();
}

} // namespace fedhub::ctl
