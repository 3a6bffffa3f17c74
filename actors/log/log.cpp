#include "actors/log/log.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string_view>

#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>

#include "actors/log/log_levels.hpp"
#include "actors/log/log_writer.hpp"

namespace fedhub {

namespace {

constexpr std::array<std::string_view, log_module_count> names{
  "hub",
  "stream.in",
  "stream.out",
  "stanza.component.in",
  "stanza.component.out",
  "ConnInfoHistory",
  "Resolver",
  "DBVerify",
};

/// Writes one JSON object a line. The payload is the text, then `log_writer::facts_mark`, then the
/// JSON members of the facts.
class json_formatter : public spdlog::formatter {
public:
  explicit json_formatter(std::string hub)
    : hub_(std::move(hub)), time_("%Y-%m-%dT%H:%M:%S.%eZ", spdlog::pattern_time_type::utc, "") {}

  void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& out) override {
    spdlog::memory_buf_t time;
    time_.format(msg, time);
    const std::string_view payload{msg.payload.data(), msg.payload.size()};
    const auto mark = std::min(payload.find(log_writer::facts_mark), payload.size());
    nlohmann::ordered_json line{
      {"time", std::string(time.data(), time.size())},
      {"level", std::string(spdlog::level::to_string_view(msg.level).data())},
      {"hub", hub_},
      {"module", std::string(msg.logger_name.data(), msg.logger_name.size())},
      {"message", payload.substr(0, mark)},
    };
    auto text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (mark < payload.size())
      text.insert(text.size() - 1, payload.substr(mark + 1));
    out.append(text);
    out.push_back('\n');
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<json_formatter>(hub_);
  }

private:
  std::string hub_;
  spdlog::pattern_formatter time_;
};

/// Writes the priority that journald reads at the start of a line (sd-daemon(3)).
class priority_formatter : public spdlog::formatter {
public:
  explicit priority_formatter(std::unique_ptr<spdlog::formatter> lines)
    : lines_(std::move(lines)) {}

  void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& out) override {
    constexpr std::array<char, spdlog::level::n_levels> priorities{'7', '7', '6', '4',
                                                                   '3', '2', '6'};
    const std::array<char, 3> prefix{'<', priorities[msg.level], '>'};
    out.append(prefix.data(), prefix.data() + prefix.size());
    lines_->format(msg, out);
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<priority_formatter>(lines_->clone());
  }

private:
  std::unique_ptr<spdlog::formatter> lines_;
};

/// Returns whether standard error is journald's socket, by its device and inode (systemd.exec(5)).
bool writes_to_journal() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing of the program writes to the environment
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat it {};
  return stream != nullptr && ::fstat(STDERR_FILENO, &it) == 0
         && fmt::format("{}:{}", it.st_dev, it.st_ino) == stream;
}

std::unique_ptr<spdlog::formatter> text_formatter() {
  // journald adds times itself, and shows no colours.
  if (writes_to_journal())
    return std::make_unique<priority_formatter>(
      std::make_unique<spdlog::pattern_formatter>("%l [%n] %v", spdlog::pattern_time_type::local));
  return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%d %H:%M:%S.%e %^%-5l%$ [%n] %v",
                                                     spdlog::pattern_time_type::local);
}

struct loggers {
  log_writer writer{STDERR_FILENO, {}};
  std::array<std::shared_ptr<log_writer::front>, log_module_count> of;

  loggers() {
    writer.formatter(text_formatter());
    for (size_t i = 0; i < of.size(); ++i)
      of[i] = writer.logger(std::string(names[i]));
  }
};

/// Returns the loggers. They are never destroyed, since their thread may wait for ever for the
/// reader of standard error.
loggers& instance() {
  static auto& all = *new loggers;
  return all;
}

} // namespace

std::string_view to_string(log_module x) { return names[static_cast<size_t>(x)]; }

spdlog::logger& log(log_module x) { return *instance().of[static_cast<size_t>(x)]; }

bool log_has_facts() { return instance().writer.has_facts(); }

void write_log(log_module to, spdlog::level::level_enum level, std::string_view text,
               log_facts facts) {
  instance().of[static_cast<size_t>(to)]->write(level, text, std::move(facts));
}

std::vector<std::string> configure_log(const conf::log_config& config, std::string_view hub_name) {
  auto& all = instance();
  if (config.format == conf::log_format::json)
    all.writer.formatter(std::make_unique<json_formatter>(std::string(hub_name)), true);
  else
    all.writer.formatter(text_formatter());
  levels_of_log().configure(config);
  return unknown_log_modules(config);
}

std::vector<std::string> unknown_log_modules(const conf::log_config& config) {
  std::vector<std::string> result;
  for (auto& [name, level] : config.modules)
    if (std::find(names.begin(), names.end(), name) == names.end())
      result.push_back(name);
  return result;
}

size_t log_prefix_octets(const conf::log_config& x, std::string_view hub_name) {
  return x.format == conf::log_format::json ? 128 + hub_name.size() : 64;
}

void on_log_lines_lost(std::function<void(uint64_t)> count) {
  instance().writer.on_lost(std::move(count));
}

log_patience::log_patience(std::chrono::milliseconds total) {
  instance().writer.wait_for_room(total);
}

log_patience::~log_patience() { instance().writer.wait_for_room(std::chrono::milliseconds{0}); }

bool finish_log(std::chrono::milliseconds patience) { return instance().writer.finish(patience); }

} // namespace fedhub
