#include <algorithm>
#include <array>

#include "conf/ctl/answer_text.hpp"
#include "conf/ctl/list_view.hpp"
#include "conf/ctl/object_view.hpp"

namespace fedhub::ctl {

namespace {

constexpr std::array<std::string_view, 17> domain_fields{
  "failing_since",  "attempt_count",    "next_attempt", "last_success", "streams_in",
  "streams_out",    "proof_in",         "proof_out",    "tls_in",       "tls_out",
  "queued_stanzas", "queued_bytes",     "stanzas_in",   "stanzas_out",  "bytes_in",
  "bytes_out",      "senders_affected",
};
/// Fields that the headline or a section of their own shows.
constexpr std::array<std::string_view, 7> fields_elsewhere{
  "name", "state", "since", "failure", "detail", "streams", "attempts"};
constexpr std::array<std::string_view, 7> attempt_fields{"started", "ended",  "outcome", "failure",
                                                         "detail",  "target", "steps"};
constexpr std::array<std::string_view, 6> attempt_step_fields{"step",    "started", "outcome",
                                                              "failure", "detail",  "duration_s"};
constexpr size_t attempt_indent = 2;
constexpr size_t step_indent = 4;
constexpr size_t widest_step = 24;
constexpr size_t outcome_width = 9;

/// Appends `text` after a separator, if there is any.
void append_word(std::string& line, std::string_view separator, std::string_view text) {
  if (!text.empty())
    line.append(line.empty() ? "" : separator).append(text);
}

/// "partner.example: failing since 3 h ago".
std::string domain_headline(const json& domain, const text_style& style) {
  auto line = member_text(domain, "name", style);
  append_word(line, ": ", member_text(domain, "state", style));
  append_word(line, " since ", member_text(domain, "since", style));
  return line + '\n';
}

/// How long an attempt took, by its beginning and its end; empty if one is missing.
std::string attempt_duration(const json& attempt) {
  const auto started = parse_time(text_member(attempt, "started"));
  const auto ended = parse_time(text_member(attempt, "ended"));
  if (!started || !ended)
    return {};
  return readable_duration(std::chrono::duration<double>(*ended - *started).count());
}

void append_attempt_step(std::string& out, const json& step, size_t name_width,
                         const text_style& style) {
  auto label = fit(member_text(step, "step", style), name_width, style.ellipsis());
  label.append(name_width - std::min(name_width, display_width(label)), ' ');
  label += "  " + member_text(step, "outcome", style) + "  ";
  std::string text = member_text(step, "duration_s", style);
  append_word(text, "  ", failure_text(step, style));
  const auto left = name_width + 2 + outcome_width;
  append_paragraph(out, label, text, step_indent, left, style);
  out += object_view(step, {}, attempt_step_fields, style, step_indent + left);
}

/// One attempt: a line that sums it up, and a line for each of its steps.
void append_attempt(std::string& out, const json& attempt, const text_style& style) {
  std::string line = member_text(attempt, "started", style);
  append_word(line, "  ", member_text(attempt, "outcome", style));
  const auto duration = attempt_duration(attempt);
  append_word(line, " ", duration.empty() ? "" : "after " + duration);
  append_word(line, "  ", member_text(attempt, "target", style));
  append_word(line, "  ", failure_text(attempt, style));
  append_paragraph(out, "", line, attempt_indent, 0, style);
  out += object_view(attempt, {}, attempt_fields, style, step_indent);
  const auto steps = elements_of(member(attempt, "steps"));
  size_t name_width = 0;
  for (const auto& step : steps)
    name_width = std::max(name_width, display_width(member_text(step, "step", style)));
  name_width = std::min(name_width, widest_step);
  for (const auto& step : steps)
    append_attempt_step(out, step, name_width, style);
}

} // namespace

answer_text domain_text(const json& domain, const text_style& style) {
  answer_text result{domain_headline(domain, style)};
  append_paragraph(result.text, "", failure_text(domain, style), 2, 0, style);
  result.text += object_view(domain, domain_fields, fields_elsewhere, style, 2);
  if (const auto streams = elements_of(member(domain, "streams")); !streams.empty()) {
    result.text += "  streams:\n";
    append_indented(result.text,
                    list_view(list_kind::streams, streams, indented(style, step_indent)).text,
                    step_indent);
  }
  const auto attempts = elements_of(member(domain, "attempts"));
  if (!attempts.empty())
    result.text += "attempts:\n";
  for (const auto& attempt : attempts)
    append_attempt(result.text, attempt, style);
  const auto state = text_member(domain, "state");
  result.bad_news = state == "failing" || state == "refused";
  return result;
}

} // namespace fedhub::ctl
