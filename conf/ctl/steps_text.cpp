#include <algorithm>
#include <array>

#include "conf/ctl/answer_text.hpp"
#include "conf/ctl/list_view.hpp"
#include "conf/ctl/object_view.hpp"

namespace fedhub::ctl {

namespace {

constexpr size_t result_width = 9; ///< of the longest result, "skipped", and a gap.
constexpr size_t widest_name = 24;
constexpr std::array<std::string_view, 7> step_fields{"step",   "result", "failure",   "detail",
                                                      "remedy", "source", "duration_s"};
constexpr std::array<std::string_view, 2> answer_fields{"verdict", "steps"};

/// What a step found: the failure, the detail, and in brackets where it is from and the time it
/// took.
std::string finding(const json& step, const text_style& style) {
  auto text = failure_text(step, style);
  auto origin = member_text(step, "source", style);
  const auto duration = member_text(step, "duration_s", style);
  origin += (origin.empty() || duration.empty() ? "" : ", ") + duration;
  if (!origin.empty())
    text += (text.empty() ? "(" : " (") + origin + ")";
  return text.empty() ? "-" : text;
}

void append_step(std::string& out, const json& step, size_t name_width, const text_style& style) {
  auto label = member_text(step, "result", style);
  label.append(result_width - std::min(result_width - 1, display_width(label)), ' ');
  label += fit(member_text(step, "step", style), name_width, style.ellipsis()) + "  ";
  const auto left = result_width + name_width + 2;
  append_paragraph(out, label, finding(step, style), 0, left, style);
  const auto remedy = member_text(step, "remedy", style);
  append_paragraph(out, "", remedy.empty() ? "" : "Remedy: " + remedy, left, 0, style);
  out += object_view(step, {}, step_fields, style, left);
}

} // namespace

answer_text steps_text(const json& answer, const text_style& style) {
  answer_text result;
  const auto steps = elements_of(member(answer, "steps"));
  size_t name_width = 0;
  for (const auto& step : steps)
    name_width = std::max(name_width, display_width(member_text(step, "step", style)));
  name_width = std::min(name_width, widest_name);
  for (const auto& step : steps)
    append_step(result.text, step, name_width, style);
  const auto verdict = member_text(answer, "verdict", style);
  result.text += "verdict: " + (verdict.empty() ? "none" : verdict) + '\n';
  result.text += object_view(answer, {}, answer_fields, style);
  result.bad_news = verdict != "ok";
  return result;
}

} // namespace fedhub::ctl
