#include "conf/ctl/run.hpp"

#include <unistd.h>

#include <algorithm>

#include "conf/ctl/answer_text.hpp"
#include "conf/ctl/api_client.hpp"
#include "conf/ctl/follow.hpp"
#include "conf/ctl/paged_list.hpp"
#include "conf/ctl/token.hpp"

namespace fedhub::ctl {

namespace {

constexpr int status_bad_request = 400;
constexpr int status_not_found = 404;

/// Returns whether the hub knows nothing by the name in the path, or can't read it as such a name.
bool is_unknown_name(const http_answer& answer) {
  return answer.status == status_not_found || answer.status == status_bad_request;
}

/// Lines of the screen that a list leaves: its titles, its foot and the next prompt.
constexpr size_t lines_beside_rows = 3;
constexpr size_t least_rows = 10;

/// Appends the columns for which the terminal has no room.
void append_left_out(std::string& foot, const std::vector<std::string>& titles) {
  for (const auto& title : titles) {
    const bool first = &title == &titles.front();
    foot += first ? (foot.empty() ? "no room for " : "; no room for ") : ", ";
    foot += title;
  }
}

/// One call. Each function returns the exit code.
class call {
public:
  call(const invocation& called, const surroundings& around, const std::string& token)
    : called_(called), client_(called.hub, token),
      output_(around, called.as_json,
              called.hub.url && token.empty() ? "Log in by $FEDHUB_TOKEN or --token-file.\n" : "") {
  }

  int run() {
    switch (called_.asked.view) {
    case answer_view::list:
    case answer_view::notifications:
    case answer_view::config:
      return show_list();
    case answer_view::event_stream:
      return follow_events(called_.asked, client_, output_);
    default:
      return show_answer();
    }
  }

private:
  int show_list();
  int show_rows(const paged_list& list);
  int show_answer();
  answer_text text_of(const json& answer) const;
  bool is_long_list() const;
  size_t wanted_rows() const;

  const invocation& called_;
  api_client client_;
  call_output output_;
};

/// Returns whether the list may be longer than a screen. A configuration has to be read as a whole,
/// and the log has few modules.
bool call::is_long_list() const {
  return called_.asked.view != answer_view::config && called_.asked.list != list_kind::log_levels;
}

size_t call::wanted_rows() const {
  if (called_.rows)
    return *called_.rows;
  const auto& screen = output_.screen();
  if (!screen.there || called_.as_json || !is_long_list())
    return most_rows;
  return std::max(screen.height, least_rows + lines_beside_rows) - lines_beside_rows;
}

int call::show_list() {
  paged_list list{called_.asked.request, wanted_rows(), is_long_list()};
  while (const auto request = list.next_request()) {
    const auto answer = client_.ask(*request);
    if (!answer)
      return output_.no_answer(answer.error());
    if (!is_success(*answer))
      return output_.refusal(*answer);
    const auto page = parse_json(answer->body);
    if (!page)
      return output_.not_understood("it is not JSON");
    if (!list.take(*page, answer->body.size()))
      return output_.not_understood("it has no list of items");
    if (called_.as_json)
      if (const int code = output_.print_json(answer->body, exit_good); code != exit_good)
        return code;
  }
  return called_.as_json ? exit_good : show_rows(list);
}

/// Shows the rows that were fetched, and how many are missing.
int call::show_rows(const paged_list& list) {
  const auto& asked = called_.asked;
  const auto& style = output_.style();
  answer_text shown;
  auto foot = list.foot();
  switch (asked.view) {
  case answer_view::notifications:
    shown = notifications_text(list.rows(), style);
    break;
  case answer_view::config:
    shown = config_text(list.rows(), asked.wanted_key, asked.with_origin, style);
    break;
  default:
    auto [text, left_out] = list_view(asked.list, list.rows(), style);
    shown.text = std::move(text);
    append_left_out(foot, left_out);
  }
  return output_.print_with_foot(shown.text, foot, shown.bad_news ? exit_bad_news : exit_good);
}

answer_text call::text_of(const json& answer) const {
  const auto& style = output_.style();
  switch (called_.asked.view) {
  case answer_view::status:
    return status_text(answer, style);
  case answer_view::domain:
    return domain_text(answer, style);
  case answer_view::steps:
    return steps_text(answer, style);
  default:
    return called_.asked.sentence.empty() ? reload_text(answer, style)
                                          : reload_text(answer, style, called_.asked.sentence);
  }
}

int call::show_answer() {
  const auto& asked = called_.asked;
  auto answer = client_.ask(asked.request);
  bool other = false;
  if (answer && is_unknown_name(*answer) && asked.other_request) {
    // If there is neither, the first complaint is about the one that the word looks like.
    auto second = client_.ask(*asked.other_request);
    other = !second || !is_unknown_name(*second);
    if (other)
      answer = std::move(second);
  }
  if (!answer)
    return output_.no_answer(answer.error());
  if (!is_success(*answer))
    return output_.refusal(*answer);
  if (asked.view == answer_view::done)
    return called_.as_json
             ? output_.print_json(answer->body, exit_good)
             : output_.print((other ? asked.other_sentence : asked.sentence) + '\n', exit_good);
  const auto value = parse_json(answer->body);
  if (!value)
    return output_.not_understood("it is not JSON");
  const auto [text, bad_news] = text_of(*value);
  const int code = bad_news ? exit_bad_news : exit_good;
  return called_.as_json ? output_.print_json(answer->body, code) : output_.print(text, code);
}

} // namespace

int run(const invocation& called, const surroundings& around) {
  const auto token = token_for(called.hub, around.token);
  if (!token) {
    static_cast<void>(write_all(STDERR_FILENO, "fedhubctl: " + token.error() + '\n'));
    return exit_wrong_call;
  }
  return call{called, around, *token}.run();
}

} // namespace fedhub::ctl
