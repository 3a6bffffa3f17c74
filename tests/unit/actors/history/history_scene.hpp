// A history in a folder of its own, and what is in its files.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/history/history_store.hpp"
#include "tests/unit/actors/files/folder.hpp"

namespace fedhub::test {

inline constexpr uint64_t mebibyte = uint64_t{1} << 20;

inline history_batch batch_of(std::vector<std::string> details,
                              admin::event_kind kind = admin::event_kind::stream) {
  history_batch batch;
  for (auto& detail : details)
    batch.events.push_back({.kind = kind,
                            .domain = "a.example",
                            .detail = std::move(detail),
                            .time = std::chrono::system_clock::now()});
  return batch;
}

class history_test : public testing::Test {
protected:
  std::unique_ptr<history_store> open() {
    return std::make_unique<history_store>(folder.path(), [this](auto&) { return free; });
  }
  std::unique_ptr<sqlite_database> read(const char* file = "history.db") const {
    auto database = sqlite_database::open(folder.path() / file, sqlite_use::read);
    if (!database)
      throw std::runtime_error(database.error().text);
    return std::move(*database);
  }
  /// Returns the first column of each row.
  std::vector<std::string> column(const char* sql, const char* file = "history.db") const {
    std::vector<std::string> all;
    const auto database = read(file);
    sqlite_statement statement{*database, sql};
    while (statement.next())
      all.push_back(statement.text(0));
    EXPECT_FALSE(database->fault()) << database->fault()->text;
    return all;
  }
  std::vector<std::string> details() const {
    return column("SELECT detail FROM events ORDER BY id");
  }
  /// Runs SQL on a file, with the sqlite3 library alone.
  void change(const char* sql, const char* file = "history.db") const {
    auto database = sqlite_database::open(folder.path() / file, sqlite_use::write);
    ASSERT_TRUE(database);
    (*database)->execute(sql);
    ASSERT_FALSE((*database)->fault()) << (*database)->fault()->text;
  }

  test::folder folder;
  uint64_t free = 1024 * mebibyte;
};

} // namespace fedhub::test
