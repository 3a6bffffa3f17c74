// The admin actor: numbers over time.
#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/admin_state.hpp"
#include "actors/admin/series_fields.hpp"

namespace fedhub {

namespace {

std::vector<admin::series_recorder::kind> kinds_of_series() {
  std::vector<admin::series_recorder::kind> kinds;
  for (const auto& field : series_fields())
    kinds.push_back(field.kind);
  return kinds;
}

} // namespace

admin_state::admin_state(admin_actor::pointer self) : self_{self}, recorder_{kinds_of_series()} {}

void admin_state::record_series(const federation_table::clocks& at) {
  const auto wall = std::chrono::floor<std::chrono::seconds>(at.wall);
  if (recorder_.is_due(wall))
    recorder_.note(read_series({hub_->metrics, table_.domain_counts(), read_process_use()}), at.now,
                   wall);
}

admin_state::promise admin_state::answer(const series_question& question) {
  using series = admin::number_series;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto step = question.step.value_or(
    question.since && *question.since < now - series::fine_length ? series::coarse_step
                                                                  : series::fine_step);
  const std::chrono::seconds length =
    step < series::coarse_step ? series::fine_length : series::coarse_length;
  const auto since =
    question.since ? std::chrono::floor<std::chrono::seconds>(*question.since) : now - length;
  const auto& field = series_fields().at(question.series);
  return deliver(admin::series_row{field.name, field.unit, step,
                                   recorder_.series().read(question.series, since, step)});
}

} // namespace fedhub
