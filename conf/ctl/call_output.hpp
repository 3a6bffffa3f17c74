// The output of one call: what goes to standard output and to standard error, and the exit code.
#pragma once

#include <string>
#include <string_view>

#include "conf/ctl/api_client.hpp"
#include "conf/ctl/field_text.hpp"
#include "conf/ctl/terminal.hpp"

namespace fedhub::ctl {

/// What the program finds around it.
struct surroundings {
  std::string token;   ///< `$FEDHUB_TOKEN`.
  std::string columns; ///< `$COLUMNS`.
  bool utf8 = true;    ///< the user's locale has UTF-8.
};

/// Each function writes, and returns the exit code.
class call_output {
public:
  /// @param login_hint the line that follows when the hub wants a log-in; empty: none.
  call_output(const surroundings& around, bool as_json, std::string login_hint);

  /// Prints to standard output. @returns `code`, also if the reader of a pipe has ended.
  int print(std::string_view text, int code) const;
  /// Prints an answer as it came; on a terminal by `json_for_terminal`.
  int print_json(std::string_view body, int code) const;
  /// Prints a text and its foot. Into a pipe goes only the text; the foot goes to standard error.
  int print_with_foot(const std::string& text, const std::string& foot, int code) const;

  /// Writes "fedhubctl: " and lines to standard error.
  void complain(std::string_view lines) const;
  /// Complains that there is no answer. @returns `exit_no_answer`
  int no_answer(std::string_view why) const;
  /// Complains that whatever answers is no hub. @returns `exit_no_answer`
  int not_understood(std::string_view why) const;
  /// Shows an answer that is no success: a problem, or none of a hub's API.
  int refusal(const http_answer& answer) const;

  /// Returns whether standard output is a pipe that nobody reads any more.
  bool is_abandoned() const;

  const terminal& screen() const { return screen_; }
  const text_style& style() const { return style_; }
  bool as_json() const { return as_json_; }

private:
  terminal screen_;
  text_style style_;
  text_style error_style_; ///< of standard error.
  bool as_json_;
  std::string login_hint_;
};

/// Returns whether an answer's status is one of success.
bool is_success(const http_answer& answer);

} // namespace fedhub::ctl
