#include "conf/ctl/top_view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "conf/ctl/list_view.hpp"
#include "conf/ctl/table.hpp"

namespace fedhub::ctl {

namespace {

/// A value is not newer than this many steps before the end of a series.
constexpr size_t newest_steps = 3;
/// Lines of the page that tables do not use, and the fewest that a table gets.
constexpr size_t least_table = 3;
constexpr size_t most_notifications = 3;

/// Returns "12.5", "1,204" as "1204", or "-" for nothing: three digits after small numbers only.
std::string rate_text(std::optional<double> rate) {
  if (!rate)
    return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), *rate < 10 ? "%.2g" : "%.0f", *rate);
  return text.data();
}

std::optional<double> number_member(const json& object, std::string_view key) {
  const auto& value = member(object, key);
  return value.is_number() ? std::optional{value.get<double>()} : std::nullopt;
}

std::vector<json> items_of(const json& page) { return elements_of(member(page, "items")); }

const json& series_of(const top_page& page, std::string_view name) {
  static const json none;
  const auto found = page.answers.series.find(name);
  return found != page.answers.series.end() ? found->second : none;
}

std::string size_rate(const json& series) {
  const auto value = newest_value(series);
  return value ? readable_size(std::max(*value, 0.0)) + "/s" : "-";
}

/// Lines of text, cut to the terminal.
class page_writer {
public:
  page_writer(size_t height, const text_style& style) : height_(height), style_(style) {}

  void add(std::string_view line) {
    if (lines_.size() < height_)
      lines_.push_back(fit(line, style_.width, style_.ellipsis()));
  }
  size_t room() const { return height_ - lines_.size(); }

  /// Adds a blank line and a table, with `rows` lines at most.
  void add_table(table shown, size_t rows) {
    if (shown.rows.empty() || room() < least_table || rows < least_table)
      return;
    add("");
    shown.rows.resize(std::min(shown.rows.size(), std::min(rows, room() + 1) - 2));
    const auto text = lay_out(shown, style_.width, style_.ellipsis()).text;
    std::string_view left = text;
    while (!left.empty()) {
      const auto end = left.find('\n');
      add(left.substr(0, end));
      left.remove_prefix(end == left.npos ? left.size() : end + 1);
    }
  }

  std::vector<std::string> take() { return std::move(lines_); }

private:
  size_t height_;
  const text_style& style_;
  std::vector<std::string> lines_;
};

std::string headline(const top_page& page, const text_style& style) {
  const auto& status = page.answers.status;
  auto text = member_text(status, "name", style);
  if (text.empty())
    text = "fedhub";
  const auto& ready = member(status, "ready");
  if (ready.is_boolean())
    text += ready.get<bool>() ? " is ready" : " is not ready";
  if (const auto since = member_text(status, "since", style); !since.empty())
    text += ", started " + since;
  if (const auto cpu = newest_value(series_of(page, "cpu")))
    text += ", CPU " + rate_text(*cpu * 100) + " %";
  return text + "  " + format_time(style.now);
}

std::string traffic_line(const top_page& page) {
  return "stanzas/s: in " + rate_text(newest_value(series_of(page, "stanzas_in"))) + ", out "
         + rate_text(newest_value(series_of(page, "stanzas_out"))) + ", returned "
         + rate_text(newest_value(series_of(page, "bounced"))) + "; in "
         + size_rate(series_of(page, "bytes_in")) + ", out "
         + size_rate(series_of(page, "bytes_out"));
}

std::string counts_line(const top_page& page, const text_style& style) {
  const auto& counts = member(page.answers.status, "counts");
  const auto domains = member_text(counts, "domains", style);
  const auto& queued = member(page.answers.status, "queued");
  auto text = "domains: " + (domains.empty() ? "-" : domains);
  if (const auto waiting = member_text(page.answers.status, "queued", style);
      !queued.is_null() && !waiting.empty())
    text += "; queued: " + waiting;
  return text;
}

table nodes_table(const top_page& page, const text_style& style) {
  table shown{{{"NODE", column_use::name},
               {"HEALTH", column_use::fixed},
               {"IN/s", column_use::fixed, true},
               {"OUT/s", column_use::fixed, true},
               {"QUEUED", column_use::fixed, true},
               {"WHY", column_use::text}},
              {}};
  for (const auto& node : items_of(page.answers.nodes)) {
    const auto rate = page.nodes.of(text_member(node, "name"));
    shown.rows.push_back({member_text(node, "name", style), member_text(node, "health", style),
                          rate_text(rate.in), rate_text(rate.out),
                          member_text(node, "queued_stanzas", style),
                          member_text(node, "why", style)});
  }
  return shown;
}

table failing_table(const top_page& page, const text_style& style) {
  table shown{{{"FAILING", column_use::name},
               {"SINCE", column_use::fixed},
               {"QUEUED", column_use::fixed, true},
               {"FAILURE", column_use::text}},
              {}};
  for (const auto& domain : items_of(page.answers.failing))
    shown.rows.push_back(
      {member_text(domain, "name", style), member_text(domain, "failing_since", style),
       member_text(domain, "queued_stanzas", style), failure_text(domain, style)});
  return shown;
}

table busiest_table(const top_page& page, const text_style& style) {
  struct row {
    double sum;
    std::vector<std::string> cells;
  };
  std::vector<row> rows;
  for (const auto& domain : items_of(page.answers.domains)) {
    const auto rate = page.domains.of(text_member(domain, "name"));
    const auto sum = rate.in.value_or(0) + rate.out.value_or(0);
    if (sum > 0)
      rows.push_back({sum,
                      {member_text(domain, "name", style), rate_text(rate.in), rate_text(rate.out),
                       member_text(domain, "queued_stanzas", style)}});
  }
  std::ranges::stable_sort(rows, std::greater{}, &row::sum);
  table shown{{{"BUSIEST", column_use::name},
               {"IN/s", column_use::fixed, true},
               {"OUT/s", column_use::fixed, true},
               {"QUEUED", column_use::fixed, true}},
              {}};
  for (auto& each : rows)
    shown.rows.push_back(std::move(each.cells));
  return shown;
}

void add_notifications(page_writer& to, const top_page& page, const text_style& style) {
  const auto items = items_of(page.answers.notifications);
  for (size_t i = 0; i < std::min(items.size(), most_notifications); ++i)
    to.add("! " + member_text(items[i], "severity", style) + ": "
           + member_text(items[i], "text", style));
  const auto total = number_member(page.answers.notifications, "total").value_or(0);
  if (total > static_cast<double>(most_notifications))
    to.add("! " + rate_text(total - static_cast<double>(most_notifications))
           + " more: fedhubctl notifications");
}

} // namespace

// ---- rates -------------------------------------------------------------------------------------

void top_rates::note(const std::vector<json>& rows, clock::time_point now) {
  const auto elapsed = std::chrono::duration<double>(now - at_).count();
  std::map<std::string, counters> next;
  rates_.clear();
  for (const auto& row : rows) {
    const auto name = text_member(row, "name");
    const counters value{number_member(row, "stanzas_in").value_or(0),
                         number_member(row, "stanzas_out").value_or(0)};
    next.insert_or_assign(name, value);
    const auto known = last_.find(name);
    if (known == last_.end() || elapsed <= 0)
      continue;
    // The hub has started again if a counter has fallen.
    const auto growth = [&](double before, double after) {
      return after < before ? std::nullopt : std::optional{(after - before) / elapsed};
    };
    rates_[name] = {growth(known->second.in, value.in), growth(known->second.out, value.out)};
  }
  last_ = std::move(next);
  at_ = now;
}

top_rate top_rates::of(const std::string& name) const {
  const auto known = rates_.find(name);
  return known != rates_.end() ? known->second : top_rate{};
}

std::optional<double> newest_value(const json& series) {
  const auto& values = member(series, "values");
  if (!values.is_array())
    return {};
  const auto size = values.size();
  for (size_t i = 0; i < std::min(size, newest_steps); ++i)
    if (const auto& value = values[size - 1 - i]; value.is_number())
      return value.get<double>();
  return {};
}

// ---- the page ----------------------------------------------------------------------------------

std::vector<std::string> top_lines(const top_page& page, size_t height, const text_style& style) {
  page_writer lines{height, style};
  lines.add(headline(page, style));
  if (!page.trouble.empty())
    lines.add("! " + safe_text(page.trouble, style));
  lines.add(traffic_line(page));
  lines.add(counts_line(page, style));
  add_notifications(lines, page, style);
  auto failing = failing_table(page, style);
  auto nodes = nodes_table(page, style);
  // Each table gets a part of the room, and what the ones before it leave.
  size_t tables = 3;
  for (auto* shown : {&nodes, &failing})
    lines.add_table(std::move(*shown), lines.room() / tables--);
  lines.add_table(busiest_table(page, style), lines.room());
  return lines.take();
}

std::string top_line(const top_page& page, const text_style& style) {
  auto line = format_time(style.now) + "  ";
  line += page.trouble.empty() ? traffic_line(page) + "; " + counts_line(page, style)
                               : safe_text(page.trouble, style);
  return line + '\n';
}

std::string top_json(const top_page& page, const text_style& style) {
  json line{{"time", format_time(style.now)}};
  if (!page.trouble.empty())
    line["trouble"] = page.trouble;
  auto& series = line["series"] = json::object();
  for (const auto& [name, answer] : page.answers.series) {
    const auto value = newest_value(answer);
    series[name] = value ? json(*value) : json();
  }
  line["status"] = page.answers.status;
  return line.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

} // namespace fedhub::ctl
