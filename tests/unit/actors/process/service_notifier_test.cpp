#include "actors/process/service_notifier.hpp"

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;

const auto start = service_notifier::clock::time_point{} + 1h;

/// The receiving end: an abstract socket of a name that the kernel chooses.
class manager {
public:
  manager() : fd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)} {
    sockaddr_un own{};
    own.sun_family = AF_UNIX;
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&own), sizeof own.sun_family), 0);
    socklen_t size = sizeof own;
    EXPECT_EQ(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&own), &size), 0);
    name = "@" + std::string{own.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1};
  }

  /// Returns the reports since the last call.
  std::vector<std::string> reports() const {
    std::vector<std::string> result;
    char room[4096];
    for (ssize_t n = 0; (n = ::recv(fd_.get(), room, sizeof room, 0)) >= 0;)
      result.emplace_back(room, static_cast<size_t>(n));
    return result;
  }

  std::string name;

private:
  unique_fd fd_;
};

TEST(ServiceNotifier, reports_each_state_in_one_datagram) {
  const manager systemd;
  const service_notifier notifier{systemd.name};
  notifier.ready("serving s2s=[::]:5269");
  EXPECT_THAT(systemd.reports(), ElementsAre("READY=1\nSTATUS=serving s2s=[::]:5269"));
  notifier.reloading();
  EXPECT_THAT(systemd.reports(),
              ElementsAre(MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+\nSTATUS=[^\n]+")));
  notifier.stopping();
  EXPECT_THAT(systemd.reports(), ElementsAre(MatchesRegex("STOPPING=1\nSTATUS=[^\n]+")));
}

TEST(ServiceNotifier, a_status_is_one_line_of_bounded_length) {
  const manager systemd;
  const service_notifier notifier{systemd.name};
  notifier.ready("a\nREADY=0\r" + std::string(1, '\0') + "b");
  EXPECT_THAT(systemd.reports(), ElementsAre("READY=1\nSTATUS=a READY=0  b"));
  notifier.ready(std::string(10'000, 'x'));
  EXPECT_THAT(systemd.reports(), ElementsAre(SizeIs(15 + service_notifier::status_octets)));
}

TEST(ServiceNotifier, a_well_hub_gives_three_signs_of_life_in_the_time_of_the_watchdog) {
  const manager systemd;
  service_notifier notifier{systemd.name, 30s};
  EXPECT_EQ(notifier.pause(), 10s);
  size_t count = 0;
  for (auto now = start; now < start + 60s; now += 100ms) {
    notifier.beat(now, "", "serving");
    for (const auto& report : systemd.reports()) {
      EXPECT_EQ(report, "WATCHDOG=1");
      ++count;
    }
  }
  EXPECT_EQ(count, 6u);
}

TEST(ServiceNotifier, an_ill_hub_gives_no_sign_of_life_and_its_status_says_why) {
  const manager systemd;
  service_notifier notifier{systemd.name, 30s};
  notifier.beat(start, "", "serving");
  EXPECT_THAT(systemd.reports(), ElementsAre("WATCHDOG=1"));
  notifier.beat(start + 10s, "worker 1 has not finished its job for 6 s", "serving");
  EXPECT_THAT(systemd.reports(), ElementsAre("STATUS=worker 1 has not finished its job for 6 s"));
  EXPECT_EQ(notifier.pause(), 1s) << "its recovery must be noticed before the watchdog's time";
  for (auto now = start + 11s; now < start + 40s; now += 1s)
    notifier.beat(now, "worker 1 has not finished its job for 7 s", "serving");
  EXPECT_THAT(systemd.reports(), IsEmpty());
  notifier.beat(start + 40s, "", "serving");
  EXPECT_THAT(systemd.reports(), ElementsAre("STATUS=serving", "WATCHDOG=1"));
  EXPECT_EQ(notifier.pause(), 10s);
}

TEST(ServiceNotifier, without_a_watchdog_only_the_status_is_reported) {
  const manager systemd;
  service_notifier notifier{systemd.name};
  EXPECT_FALSE(notifier.pause());
  notifier.beat(start, "", "serving");
  EXPECT_THAT(systemd.reports(), IsEmpty());
  notifier.beat(start, "stuck", "serving");
  EXPECT_THAT(systemd.reports(), ElementsAre("STATUS=stuck"));
}

TEST(ServiceNotifier, without_a_service_manager_nothing_is_reported) {
  for (const std::string& name : {std::string{}, std::string{"@"}, std::string{"relative"},
                                  "/" + std::string(200, 'x'), std::string{"/nowhere/notify"}}) {
    service_notifier notifier{name, 30s};
    notifier.ready("serving");
    notifier.beat(start, "", "serving");
    EXPECT_EQ(notifier.pause().has_value(), name == "/nowhere/notify") << name;
  }
}

struct environment_case {
  const char* name;
  std::vector<std::pair<const char*, std::string>> variables;
  std::optional<std::chrono::microseconds> pause;
};

class notifier_environment_test : public testing::TestWithParam<environment_case> {};

TEST_P(notifier_environment_test, decides_whether_signs_of_life_are_expected) {
  const manager systemd;
  ::setenv("NOTIFY_SOCKET", systemd.name.c_str(), 1);
  for (const auto& [name, value] : GetParam().variables)
    ::setenv(name, value.c_str(), 1);
  const auto notifier = service_notifier::from_environment();
  EXPECT_EQ(notifier.pause(), GetParam().pause);
  notifier.ready("");
  EXPECT_THAT(systemd.reports(), SizeIs(1));
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    EXPECT_EQ(std::getenv(name), nullptr) << name;
}

INSTANTIATE_TEST_SUITE_P(
  variables, notifier_environment_test,
  testing::Values(
    environment_case{"none", {}, {}}, environment_case{"time", {{"WATCHDOG_USEC", "3000000"}}, 1s},
    environment_case{
      "ours", {{"WATCHDOG_USEC", "3000000"}, {"WATCHDOG_PID", std::to_string(::getpid())}}, 1s},
    environment_case{"other", {{"WATCHDOG_USEC", "3000000"}, {"WATCHDOG_PID", "1"}}, {}},
    environment_case{"zero", {{"WATCHDOG_USEC", "0"}}, {}},
    environment_case{"negative", {{"WATCHDOG_USEC", "-3"}}, {}},
    environment_case{"no_number", {{"WATCHDOG_USEC", "3s"}}, {}},
    environment_case{"too_long", {{"WATCHDOG_USEC", "18446744073709551615"}}, {}}),
  [](const auto& row) { return std::string{row.param.name}; });

} // namespace
} // namespace fedhub
