#include "metrics/process_metrics.hpp"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace fedhub {

namespace {

std::string contents_of(const char* path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::optional<uint64_t> number_at(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::optional{value} : std::nullopt;
}

/// Returns field `n` of /proc/self/stat, from 3 on, by the numbers of proc(5). Field 2, the
/// program's name, may hold spaces and parentheses, so counting begins after the last parenthesis.
std::optional<uint64_t> stat_field(std::string_view stat, size_t n) {
  const size_t name_end = stat.rfind(')');
  if (name_end == stat.npos || name_end + 2 > stat.size())
    return std::nullopt;
  stat.remove_prefix(name_end + 2);
  for (size_t field = 3; field < n; ++field) {
    const size_t space = stat.find(' ');
    if (space == stat.npos)
      return std::nullopt;
    stat.remove_prefix(space + 1);
  }
  return number_at(stat);
}

/// Returns when the machine started, in seconds since the epoch.
std::optional<uint64_t> boot_time() {
  const std::string stat = contents_of("/proc/stat");
  constexpr std::string_view key = "\nbtime ";
  const size_t at = stat.find(key);
  return at == stat.npos ? std::nullopt : number_at(std::string_view{stat}.substr(at + key.size()));
}

std::optional<double> open_files() {
  std::error_code error;
  std::filesystem::directory_iterator entry{"/proc/self/fd", error};
  if (error)
    return std::nullopt;
  double count = -1; // the descriptor that reads the folder does not count
  for (const std::filesystem::directory_iterator end; entry != end; entry.increment(error)) {
    if (error)
      return std::nullopt;
    ++count;
  }
  return count;
}

class family_list {
public:
  void add(const char* name, const char* help, prometheus::MetricType type,
           std::optional<double> value) {
    if (!value)
      return;
    prometheus::ClientMetric metric;
    if (type == prometheus::MetricType::Counter)
      metric.counter.value = *value;
    else
      metric.gauge.value = *value;
    families_.push_back({name, help, type, {std::move(metric)}});
  }

  std::vector<prometheus::MetricFamily> take() { return std::move(families_); }

private:
  std::vector<prometheus::MetricFamily> families_;
};

} // namespace

std::vector<prometheus::MetricFamily> collect_process_metrics() {
  using prometheus::MetricType;
  static const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  static const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  static const auto booted = boot_time();

  const std::string stat = contents_of("/proc/self/stat");
  const auto field = [&](size_t n) -> std::optional<double> {
    const auto value = stat_field(stat, n);
    return value ? std::optional{static_cast<double>(*value)} : std::nullopt;
  };
  const auto scaled = [](std::optional<double> x, double factor) -> std::optional<double> {
    return x ? std::optional{*x * factor} : std::nullopt;
  };

  const auto user = field(14), system = field(15), threads = field(20), start = field(22),
             virtual_octets = field(23), resident_pages = field(24);
  std::optional<double> cpu, started;
  if (user && system)
    cpu = (*user + *system) / ticks;
  if (booted && start)
    started = static_cast<double>(*booted) + *start / ticks;

  family_list families;
  families.add("process_cpu_seconds_total", "Processor time of the process, user and system.",
               MetricType::Counter, cpu);
  families.add("process_resident_memory_bytes", "Memory of the process in RAM.", MetricType::Gauge,
               scaled(resident_pages, page));
  families.add("process_virtual_memory_bytes", "Address space of the process.", MetricType::Gauge,
               virtual_octets);
  families.add("process_open_fds", "Open file descriptors.", MetricType::Gauge, open_files());
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    families.add("process_max_fds", "File descriptors that the process may open.",
                 MetricType::Gauge, static_cast<double>(limit.rlim_cur));
  families.add("process_threads", "Threads of the process.", MetricType::Gauge, threads);
  families.add("process_start_time_seconds", "When the process started, since the epoch.",
               MetricType::Gauge, started);
  return families.take();
}

} // namespace fedhub
