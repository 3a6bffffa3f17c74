#include "conf/ctl/top.hpp"

#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "conf/ctl/full_screen.hpp"
#include "conf/ctl/list_view.hpp"
#include "conf/ctl/top_view.hpp"

namespace fedhub::ctl {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A hub that answers later is no sight to wait for; the page says so.
constexpr seconds answer_limit{3};
/// The rows that are fetched to find the busiest: as many as a list may have.
constexpr const char* most_busy = "1000";
constexpr const char* most_listed = "50";

api_request request_of(std::string path,
                       std::vector<std::pair<std::string, std::string>> query = {}) {
  api_request request{http_method::get, std::move(path), std::move(query)};
  request.time_limit = answer_limit;
  return request;
}

/// One call of `top`.
class top_call {
public:
  top_call(const task& asked, api_client& client, const call_output& output,
           const surroundings& around)
    : asked_(asked), client_(client), output_(output), around_(around) {}

  int run() {
    // A hub that is not there, or wants a log-in, is reported as by any other command.
    if (const auto code = look(); code && *code != exit_good)
      return *code;
    return ::isatty(STDOUT_FILENO) != 0 && !output_.as_json() ? run_on_screen() : run_in_lines();
  }

private:
  /// Asks all questions. @returns an exit code if the first one was refused, or has no answer.
  std::optional<int> look();
  /// Asks one. @returns its answer; null: there is none.
  json ask(const api_request& request);
  int run_on_screen();
  int run_in_lines();
  text_style style() const;

  const task& asked_;
  api_client& client_;
  const call_output& output_;
  const surroundings& around_;
  top_page page_;
  bool ever_answered_ = false;
};

json top_call::ask(const api_request& request) {
  if (!page_.trouble.empty())
    return {}; // each further question might have to wait as long
  const auto answer = client_.ask(request);
  if (!answer) {
    page_.trouble = answer.error();
    return {};
  }
  if (!is_success(*answer)) {
    page_.trouble =
      "the hub refuses " + request.path + ": status " + std::to_string(answer->status);
    return {};
  }
  return parse_json(answer->body).value_or(json());
}

std::optional<int> top_call::look() {
  page_.trouble.clear();
  if (!ever_answered_) {
    const auto first = client_.ask(request_of("status"));
    if (!first)
      return output_.no_answer(first.error());
    if (!is_success(*first))
      return output_.refusal(*first);
    ever_answered_ = true;
  }
  auto& answers = page_.answers;
  auto status = ask(request_of("status"));
  if (!page_.trouble.empty())
    return {}; // the page stays as it was
  answers.status = std::move(status);
  const auto ask_series = [&] {
    for (const auto name : top_series)
      answers.series.insert_or_assign(std::string{name},
                                      ask(request_of("series", {{"name", std::string{name}}})));
  };
  if (output_.as_json()) {
    ask_series();
    return {};
  }
  answers.nodes = ask(request_of("nodes", {{"limit", most_listed}}));
  answers.notifications = ask(request_of("notifications", {{"limit", most_listed}}));
  answers.failing = ask(request_of(
    "domains", {{"state", "failing"}, {"sort", "-queued_stanzas"}, {"limit", most_listed}}));
  answers.domains = ask(request_of("domains", {{"state", "connected"}, {"limit", most_busy}}));
  const auto now = top_rates::clock::now();
  page_.nodes.note(elements_of(member(answers.nodes, "items")), now);
  page_.domains.note(elements_of(member(answers.domains, "items")), now);
  ask_series();
  return {};
}

text_style top_call::style() const {
  auto style = output_.style();
  style.now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  style.width = terminal::of(STDOUT_FILENO, around_.columns).width;
  return style;
}

int top_call::run_on_screen() {
  full_screen screen{::isatty(STDIN_FILENO) != 0};
  for (auto next = top_rates::clock::now() + asked_.interval;;) {
    const auto height = terminal::of(STDOUT_FILENO, around_.columns).height;
    if (!screen.show(top_lines(page_, height, style())))
      return exit_good;
    const auto left = std::chrono::duration_cast<milliseconds>(next - top_rates::clock::now());
    switch (screen.wait(std::max(left, milliseconds{0}))) {
    case screen_event::end:
      return exit_good;
    case screen_event::resized:
    case screen_event::key:
      break;
    case screen_event::time:
      static_cast<void>(look());
      next = top_rates::clock::now() + asked_.interval;
      break;
    }
  }
}

int top_call::run_in_lines() {
  for (;;) {
    const int code = output_.as_json() ? output_.print_json(top_json(page_, style()), exit_good)
                                       : output_.print(top_line(page_, style()), exit_good);
    if (code != exit_good)
      return code;
    const auto end = top_rates::clock::now() + asked_.interval;
    while (top_rates::clock::now() < end) {
      if (output_.is_abandoned())
        return exit_good;
      std::this_thread::sleep_for(
        std::min<top_rates::clock::duration>(milliseconds{200}, end - top_rates::clock::now()));
    }
    static_cast<void>(look());
  }
}

} // namespace

int show_top(const task& asked, api_client& client, const call_output& output,
             const surroundings& around) {
  return top_call{asked, client, output, around}.run();
}

} // namespace fedhub::ctl
