#include "conf/ctl/call_output.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "conf/ctl/answer_text.hpp"

namespace fedhub::ctl {

namespace {

constexpr int status_ok = 200;
constexpr int status_multiple_choices = 300; ///< the first that is no success.
constexpr int status_unauthorized = 401;

} // namespace

call_output::call_output(const surroundings& around, bool as_json, std::string login_hint)
  : screen_(terminal::of(STDOUT_FILENO, around.columns)), as_json_(as_json),
    login_hint_(std::move(login_hint)) {
  style_.now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  style_.width = screen_.width;
  style_.ascii = screen_.there && !around.utf8;
  error_style_ = style_;
  error_style_.ascii = ::isatty(STDERR_FILENO) != 0 && !around.utf8;
}

int call_output::print(std::string_view text, int code) const {
  const auto error = write_all(STDOUT_FILENO, text);
  if (!error || error == std::errc::broken_pipe)
    return code;
  complain("can't write to standard output: " + error.message() + '\n');
  return std::max(code, exit_bad_news);
}

int call_output::print_json(std::string_view body, int code) const {
  auto text = screen_.there ? json_for_terminal(body) : std::string{body};
  if (!text.empty() && !text.ends_with('\n'))
    text += '\n';
  return print(text, code);
}

int call_output::print_with_foot(const std::string& text, const std::string& foot, int code) const {
  if (foot.empty())
    return print(text, code);
  if (screen_.there)
    return print(text + foot + '\n', code);
  const int result = print(text, code);
  static_cast<void>(write_all(STDERR_FILENO, foot + '\n'));
  return result;
}

void call_output::complain(std::string_view lines) const {
  // Nothing is left to do if nobody reads that either.
  static_cast<void>(write_all(STDERR_FILENO, "fedhubctl: " + std::string{lines}));
}

int call_output::no_answer(std::string_view why) const {
  complain(std::string{why} + '\n');
  return exit_no_answer;
}

int call_output::not_understood(std::string_view why) const {
  return no_answer("the answer is not one of a hub's API: " + std::string{why});
}

int call_output::refusal(const http_answer& answer) const {
  const auto problem = parse_json(answer.body);
  if (answer.media_type != "application/problem+json" || !problem || !problem->is_object())
    return not_understood("status " + std::to_string(answer.status));
  auto text = problem_text(*problem, answer.status, error_style_);
  if (answer.status == status_unauthorized)
    text += login_hint_;
  complain(text);
  return as_json_ ? print_json(answer.body, exit_bad_news) : exit_bad_news;
}

bool call_output::is_abandoned() const {
  pollfd output{STDOUT_FILENO, 0, 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

bool is_success(const http_answer& answer) {
  return answer.status >= status_ok && answer.status < status_multiple_choices;
}

} // namespace fedhub::ctl
