// Write-ahead logs of SQLite that lie beside a file that is not theirs.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace fedhub {

/// A file, whatever its name is. Device 0: there is none.
using file_identity = std::pair<uint64_t, uint64_t>;

/// Returns which file has this path now.
file_identity identity_of(const std::string& path);

/// Renames the log of a database, "-wal", to "-wal.stray", in place of one that has that name, and
/// removes its index, "-shm". @returns whether there was a log. Blocks on file I/O.
bool put_wal_aside(const std::string& database);

/// Returns whether the log beside a database that nobody has open is another file's: the database
/// was put there later. SQLite would write the log's pages into it. A hub that was killed leaves a
/// log that is as new as its database, or newer.
/// @param checkpoint a checkpoint changes the database after the log: for so long at most.
bool has_stray_wal(const std::string& database,
                   std::chrono::nanoseconds checkpoint = std::chrono::minutes{1});

} // namespace fedhub
