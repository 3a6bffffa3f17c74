#include "metrics/process_metrics.hpp"

#include <chrono>
#include <map>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace fedhub {
namespace {

std::map<std::string, double> read_process() {
  std::map<std::string, double> result;
  for (const auto& family : collect_process_metrics())
    result[family.name] = family.type == prometheus::MetricType::Counter
                            ? family.metric.at(0).counter.value
                            : family.metric.at(0).gauge.value;
  return result;
}

TEST(process_metrics, are_those_that_every_prometheus_client_has) {
  const auto process = read_process();
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                           "process_virtual_memory_bytes", "process_open_fds", "process_max_fds",
                           "process_start_time_seconds", "process_threads"})
    EXPECT_TRUE(process.contains(name)) << name;
  EXPECT_GT(process.at("process_resident_memory_bytes"), 1e6);
  EXPECT_GE(process.at("process_virtual_memory_bytes"),
            process.at("process_resident_memory_bytes"));
  EXPECT_LE(process.at("process_open_fds"), process.at("process_max_fds"));
}

TEST(process_metrics, count_a_descriptor_that_opens_and_closes) {
  const double before = read_process().at("process_open_fds");
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(read_process().at("process_open_fds"), before + 1);
  close(fd);
  EXPECT_EQ(read_process().at("process_open_fds"), before);
}

TEST(process_metrics, count_a_thread_while_it_runs) {
  const double before = read_process().at("process_threads");
  std::thread thread{[before] { EXPECT_EQ(read_process().at("process_threads"), before + 1); }};
  thread.join();
}

TEST(process_metrics, see_processor_time_pass) {
  const double before = read_process().at("process_cpu_seconds_total");
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (read_process().at("process_cpu_seconds_total") <= before)
    ASSERT_LT(std::chrono::steady_clock::now(), limit) << "no progress after 20 s of work";
}

TEST(process_metrics, know_when_the_process_started) {
  const auto now =
    std::chrono::duration<double>{std::chrono::system_clock::now().time_since_epoch()}.count();
  const double started = read_process().at("process_start_time_seconds");
  EXPECT_LE(started, now + 1); // the boot time is in whole seconds
  EXPECT_GT(started, now - 3600);
}

} // namespace
} // namespace fedhub
