// Files of the history that are damaged, removed or replaced.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "tests/unit/actors/history/history_scene.hpp"

namespace fedhub {
namespace {

using test::batch_of;
using testing::ElementsAre;
using testing::IsEmpty;

class HistoryFiles : public test::history_test {};

TEST_F(HistoryFiles, a_damaged_file_is_set_aside) {
  struct damage {
    const char* name;
    void (*make)(const std::filesystem::path& file);
  };
  const damage damages[] = {
    {"no database", [](auto& file) { std::ofstream{file} << std::string(8192, 'x'); }},
    {"no schema",
     [](auto& file) {
       std::fstream stream{file, std::ios::in | std::ios::out};
       stream.seekp(100) << std::string(3996, 'x');
     }},
  };
  for (const auto& [name, make] : damages) {
    SCOPED_TRACE(name);
    open()->write(batch_of({"before"}));
    make(folder.path() / "history.db");
    EXPECT_TRUE(open()->write(batch_of({"after"})));
    EXPECT_THAT(details(), ElementsAre("after"));
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "history.db.damaged"));
  }
}

TEST_F(HistoryFiles, keeps_the_newest_damaged_file_and_the_largest_of_the_others) {
  const auto damage = [&](char with, size_t octets) {
    std::ofstream{folder.path() / "history.db"} << std::string(octets, with);
    EXPECT_TRUE(open()->write(batch_of({"after"})));
  };
  const auto kept = [&](const char* ending) {
    std::ifstream file{folder.path() / (std::string{"history.db.damaged"} + ending)};
    return static_cast<char>(file.get());
  };
  damage('a', 2000);
  damage('b', 9000);
  EXPECT_EQ(kept(""), 'b');
  EXPECT_EQ(kept(".1"), 'a');
  damage('c', 1000);
  EXPECT_EQ(kept(""), 'c');
  EXPECT_EQ(kept(".1"), 'b');
  damage('d', 1000);
  EXPECT_EQ(kept(""), 'd');
  EXPECT_EQ(kept(".1"), 'b') << "the largest";
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "history.db.damaged.2"));
}

TEST_F(HistoryFiles, a_file_that_is_damaged_while_it_is_open_is_set_aside) {
  auto store = open();
  store->write(batch_of(std::vector<std::string>(2000, "before")));
  change("PRAGMA wal_checkpoint(TRUNCATE)");
  {
    std::fstream stream{folder.path() / "history.db", std::ios::in | std::ios::out};
    stream.seekp(4096) << std::string(400 * 1024, 'x');
  }
  // Another connection's change makes the store read the pages again.
  auto other = sqlite_database::open(folder.path() / "history.db", sqlite_use::write);
  ASSERT_TRUE(other);
  (*other)->execute("PRAGMA user_version = 1");
  other->reset();
  EXPECT_TRUE(store->write(batch_of({"after"})));
  EXPECT_THAT(details(), ElementsAre("after"));
  EXPECT_GE(store->take_gone(), 1u);
}

struct removal {
  std::string name;
  void (*remove)(const std::filesystem::path& folder);
};

class RemovedHistory : public HistoryFiles, public testing::WithParamInterface<removal> {};

TEST_P(RemovedHistory, is_begun_anew_before_the_next_batch) {
  auto store = open();
  ASSERT_TRUE(store->write(batch_of({"gone", "gone"})));
  GetParam().remove(folder.path());
  EXPECT_TRUE(store->write(batch_of({"after"})));
  EXPECT_THAT(details(), ElementsAre("after"));
  EXPECT_EQ(store->take_gone(), 2u);
  EXPECT_EQ(store->take_gone(), 0u);
}

TEST_P(RemovedHistory, is_begun_anew_in_a_while_without_a_batch) {
  auto store = open();
  ASSERT_TRUE(store->write(batch_of({"gone"})));
  GetParam().remove(folder.path());
  store->tend({});
  EXPECT_THAT(details(), IsEmpty());
  EXPECT_EQ(store->take_gone(), 1u);
}

TEST_P(RemovedHistory, costs_no_action) {
  auto store = open();
  history_batch batch;
  batch.actions.push_back({.kind = "before"});
  store->write(batch);
  GetParam().remove(folder.path());
  batch.actions.at(0).kind = "after";
  store->write(batch);
  EXPECT_THAT(column("SELECT kind FROM audit", "audit.db"), ElementsAre("after"));
  EXPECT_EQ(store->take_gone(), 0u) << "only events are counted";
}

INSTANTIATE_TEST_SUITE_P(
  Kinds, RemovedHistory,
  testing::Values(removal{"file",
                          [](auto& folder) {
                            std::filesystem::remove(folder / "history.db");
                            std::filesystem::remove(folder / "audit.db");
                          }},
                  removal{"renamed",
                          [](auto& folder) {
                            std::filesystem::rename(folder / "history.db", folder / "old");
                            std::filesystem::rename(folder / "audit.db", folder / "old-audit");
                          }},
                  removal{"folder", [](auto& folder) { std::filesystem::remove_all(folder); }},
                  removal{"replaced",
                          [](auto& folder) {
                            for (const char* name : {"history.db", "audit.db"}) {
                              const auto anew = folder / "new";
                              std::ofstream{anew};
                              std::filesystem::permissions(anew, std::filesystem::perms{0600});
                              std::filesystem::rename(anew, folder / name);
                            }
                          }}),
  [](const auto& x) { return x.param.name; });

} // namespace
} // namespace fedhub
