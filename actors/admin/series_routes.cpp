// The call for numbers over time.
#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "actors/admin/api_route.hpp"
#include "actors/admin/series_fields.hpp"

namespace fedhub {

namespace {

std::string names_of_series() {
  std::vector<std::string_view> names;
  for (const auto& field : series_fields())
    names.push_back(field.name);
  return listed(names);
}

std::string lengths_of_steps() {
  std::string text;
  for (const auto step : admin::number_series::steps)
    text.append(text.empty() ? "" : ", ").append(std::to_string(step.count()));
  return text;
}

std::optional<std::chrono::seconds> take_step(api_parameters& query) {
  const auto text = query.take("step_s");
  if (!text)
    return {};
  const auto* end = text->data() + text->size();
  int64_t number = 0;
  const auto [rest, error] = std::from_chars(text->data(), end, number);
  const std::chrono::seconds step{number};
  if (error == std::errc{} && rest == end
      && std::ranges::find(admin::number_series::steps, step)
           != std::end(admin::number_series::steps))
    return step;
  query.refuse("step_s is " + in_quotes(*text) + "; allowed: " + lengths_of_steps());
  return {};
}

api_call read_series_call(std::string_view, api_parameters query) {
  series_question question;
  const auto name = query.take("name").value_or("");
  if (const auto place = find_series(name))
    question.series = *place;
  else
    query.refuse((name.empty() ? "name is missing" : "name is " + in_quotes(name))
                 + "; allowed: " + names_of_series());
  question.since = query.take_time("since");
  question.step = take_step(query);
  return query.finish(admin_question{question});
}

} // namespace

std::vector<api_route> series_routes() { return {{"GET", {"series"}, read_series_call}}; }

} // namespace fedhub
