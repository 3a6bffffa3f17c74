#include "actors/log.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <string_view>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

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

/// One JSON object a line; the message may hold anything that a peer sent, so it goes through a
/// JSON writer.
class json_formatter : public spdlog::formatter {
public:
  explicit json_formatter(std::string hub)
    : hub_(std::move(hub)), time_("%Y-%m-%dT%H:%M:%S.%eZ", spdlog::pattern_time_type::utc, "") {}

  void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& out) override {
    spdlog::memory_buf_t time;
    time_.format(msg, time);
    nlohmann::ordered_json line{
      {"time", std::string(time.data(), time.size())},
      {"level", std::string(spdlog::level::to_string_view(msg.level).data())},
      {"hub", hub_},
      {"module", std::string(msg.logger_name.data(), msg.logger_name.size())},
      {"message", std::string(msg.payload.data(), msg.payload.size())},
    };
    auto text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
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

/// The message with control characters as \xHH: what a peer sent must not begin a line of its own.
class one_line_message : public spdlog::custom_flag_formatter {
public:
  void format(const spdlog::details::log_msg& msg, const std::tm&,
              spdlog::memory_buf_t& out) override {
    for (char c : std::string_view{msg.payload.data(), msg.payload.size()}) {
      const auto octet = static_cast<unsigned char>(c);
      if (octet >= 0x20 && octet != 0x7f)
        out.push_back(c);
      else
        fmt::format_to(std::back_inserter(out), "\\x{:02X}", octet);
    }
  }

  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<one_line_message>();
  }
};

std::unique_ptr<spdlog::formatter> text_formatter() {
  auto result = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::local);
  result->add_flag<one_line_message>('*').set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-5l%$ [%n] %*");
  return result;
}

struct loggers {
  std::shared_ptr<spdlog::sinks::stderr_color_sink_mt> sink =
    std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  std::array<std::shared_ptr<spdlog::logger>, log_module_count> of;

  loggers() {
    for (size_t i = 0; i < of.size(); ++i) {
      of[i] = std::make_shared<spdlog::logger>(std::string(names[i]), sink);
      of[i]->flush_on(spdlog::level::trace);
    }
  }
};

loggers& instance() {
  static loggers x;
  return x;
}

spdlog::level::level_enum level_of(conf::log_level x) {
  switch (x) {
  case conf::log_level::trace:
    return spdlog::level::trace;
  case conf::log_level::debug:
    return spdlog::level::debug;
  case conf::log_level::info:
    return spdlog::level::info;
  case conf::log_level::warn:
    return spdlog::level::warn;
  case conf::log_level::error:
    return spdlog::level::err;
  }
  return spdlog::level::info;
}

} // namespace

std::string_view to_string(log_module x) { return names[static_cast<size_t>(x)]; }

spdlog::logger& log(log_module x) { return *instance().of[static_cast<size_t>(x)]; }

std::vector<std::string> configure_log(const conf::log_config& x, std::string_view hub_name) {
  auto& all = instance();
  if (x.format == conf::log_format::json)
    all.sink->set_formatter(std::make_unique<json_formatter>(std::string(hub_name)));
  else
    all.sink->set_formatter(text_formatter());
  std::vector<std::string> unknown;
  for (auto& [name, level] : x.modules)
    if (std::find(names.begin(), names.end(), name) == names.end())
      unknown.push_back(name);
  for (size_t i = 0; i < names.size(); ++i) {
    auto own = x.modules.find(std::string(names[i]));
    all.of[i]->set_level(level_of(own == x.modules.end() ? x.level : own->second));
  }
  return unknown;
}

} // namespace fedhub
