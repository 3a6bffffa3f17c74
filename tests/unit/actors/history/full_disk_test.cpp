// A disk that is full in truth: a small file system of its own.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include <gmock/gmock.h>

#include "actors/history/history_store.hpp"
#include "tests/unit/actors/files/folder.hpp"

namespace fedhub {
namespace {

/// Runs a function in a process of its own that sees a file system of this size in the folder.
/// @returns the function's result, or -1 if the system allows no such file system.
int run_on_disk(const std::filesystem::path& folder, uint64_t octets,
                int (*run)(const std::filesystem::path&)) {
  const auto child = ::fork();
  if (child == 0) {
    const auto size = "mode=0700,size=" + std::to_string(octets);
    if (::unshare(CLONE_NEWNS) != 0
        || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0
        || ::mount("tmpfs", folder.c_str(), "tmpfs", 0, size.c_str()) != 0)
      ::_exit(255);
    ::_exit(run(folder));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  const int result = WIFEXITED(status) ? WEXITSTATUS(status) : 254;
  return result == 255 ? -1 : result;
}

/// Fills the disk to its last octet.
void fill(const std::filesystem::path& folder) {
  const int fd = ::open((folder / "filler").c_str(), O_WRONLY | O_CREAT, 0600);
  const std::string block(1 << 20, 'x');
  for (size_t size = block.size(); size > 0; size /= 2)
    while (::write(fd, block.data(), size) == static_cast<ssize_t>(size))
      ;
  ::close(fd);
}

int64_t rows_in(const std::filesystem::path& file, const char* sql) {
  auto database = sqlite_database::open(file, sqlite_use::read);
  return database ? (*database)->number(sql) : -1;
}

enum outcome : int { good, no_events_before, no_reserve, events_on_a_full_disk, lost_action };

int keep_actions_on_a_full_disk(const std::filesystem::path& folder) {
  history_store store{folder};
  history_batch batch;
  batch.events.push_back(
    {.kind = admin::event_kind::stream, .time = std::chrono::system_clock::now()});
  if (!store.write(batch))
    return no_events_before;
  if (!std::filesystem::exists(folder / "audit.reserve"))
    return no_reserve;
  fill(folder);
  if (store.write(batch))
    return events_on_a_full_disk;
  constexpr int64_t actions = 50;
  for (int64_t i = 0; i < actions; ++i) {
    history_batch action;
    action.actions.push_back({.kind = "close", .detail = std::string(1000, 'x')});
    store.write(action);
  }
  return rows_in(folder / "audit.db", "SELECT count(*) FROM audit") == actions ? good : lost_action;
}

/// A hub that is killed leaves the -wal file, so the next one needs room to open the file at all.
int open_on_a_full_disk(const std::filesystem::path& folder) {
  const auto killed = ::fork();
  if (killed == 0) {
    auto* store = new history_store{folder};
    history_batch action;
    action.actions.push_back({.time = std::chrono::system_clock::now(), .kind = "close"});
    store->write(action);
    ::_exit(0); // without its end
  }
  ::waitpid(killed, nullptr, 0);
  if (!std::filesystem::exists(folder / "audit.reserve"))
    return no_reserve;
  std::filesystem::remove(folder / "audit.db-shm"); // as after a reboot
  std::filesystem::remove(folder / "history.db-shm");
  fill(folder);
  history_store store{folder};
  history_batch action;
  action.actions.push_back({.time = std::chrono::system_clock::now(), .kind = "retry"});
  store.write(action);
  store.tend({}); // does not take the room for events
  store.write(action);
  return rows_in(folder / "audit.db", "SELECT count(*) FROM audit") == 3 ? good : lost_action;
}

struct full_disk {
  std::string name;
  int (*run)(const std::filesystem::path&);
};

class FullDisk : public testing::TestWithParam<full_disk> {};

TEST_P(FullDisk, gets_actions_by_the_reserve) {
  const test::folder folder;
  const auto result = run_on_disk(folder.path(), 72 << 20, GetParam().run);
  if (result < 0)
    GTEST_SKIP() << "no right to mount a file system";
  EXPECT_EQ(result, good);
}

INSTANTIATE_TEST_SUITE_P(When, FullDisk,
                         testing::Values(full_disk{"while_the_hub_runs",
                                                   keep_actions_on_a_full_disk},
                                         full_disk{"at_the_start", open_on_a_full_disk}),
                         [](const auto& x) { return x.param.name; });

} // namespace
} // namespace fedhub
