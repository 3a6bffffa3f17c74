// The sum of the documents that make up a configuration.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conf/file/row_identity.hpp"
#include "conf/file/toml_document.hpp"

namespace fedhub::conf {

/// Several documents as one: a later one wins. Each value knows its document, by
/// `toml_value::layer`.
///
/// | value | in two documents |
/// | --- | --- |
/// | table | is merged key by key |
/// | array of tables with an identity | rows add up; a row replaces the earlier row of its identity
/// whole, or removes it (`removed = true`) | | anything else | the later one replaces the earlier
/// one whole |
///
/// A secret and the file that holds it (`dialback_secret`, `dialback_secret_file`) are one value.
/// Takes time in proportion to the documents' size, but for sorting.
class layer_sum {
public:
  /// A fault that only shows between documents.
  struct fault {
    uint32_t layer = 0;
    uint32_t line = 0;
    std::string key;
    std::string found;
    std::string allowed;
  };

  static constexpr size_t most_faults = 1000;
  /// The most warnings that are kept; one more gives the number of the rest.
  static constexpr size_t most_warnings = 100;

  /// Adds a document. Its values must have the number of documents added before as their `layer`.
  /// @param file it came from; relative paths in it start at the file's folder.
  void add(std::filesystem::path file, toml_table document);

  /// Removes the rows that were taken back. Call once, after the last `add`.
  void finish();

  const toml_table& document() const { return document_; }
  /// Returns the files in the order added; `toml_value::layer` is an index.
  const std::vector<std::filesystem::path>& files() const { return files_; }
  /// Returns the first faults, at most `most_faults`.
  const std::vector<fault>& faults() const { return faults_; }
  size_t more_faults() const { return more_faults_; }
  /// Returns a sentence for each value without effect, such as "fedhub.toml:12:
  /// federation.security_mode has no effect: console.toml:3 sets it".
  std::vector<std::string> warnings() const;

private:
  struct known_row {
    size_t index = 0;
    uint32_t layer = 0; ///< of the document that has set or removed it last.
    uint32_t line = 0;
    bool removed = false;
  };
  struct known_rows {
    std::unordered_map<std::string, known_row> by_identity;
    std::vector<bool> removed; ///< by index.
  };

  void merge(toml_table& into, toml_table from, const std::string& path);
  /// @param known `old` is a value of an earlier document; else its key alone is set.
  void merge_member(toml_member& old, toml_member fresh, bool known, const std::string& path);
  void merge_rows(toml_array& into, toml_array from, row_identity kind, const std::string& path);
  void merge_row(toml_array& into, toml_value row, row_identity kind, const std::string& path,
                 known_rows& known);
  known_rows& know_rows(toml_array& rows, row_identity kind, const std::string& path);
  void drop_alternatives(toml_table& into, const toml_table& from, const std::string& path);
  void remove_taken_back(toml_table& table, const std::string& path);
  std::optional<bool> take_removed(toml_table& row, const std::string& path);
  std::filesystem::path folder_of(uint32_t layer) const;
  std::string place(uint32_t layer, uint32_t line) const;
  void add_fault(fault found);
  void warn(std::string text);
  /// @param how "sets", "replaces" or "removes".
  void warn_of(std::string_view what, uint32_t layer, uint32_t line, const toml_value& by,
               uint32_t by_line, std::string_view how);

  std::vector<std::filesystem::path> files_;
  toml_table document_;
  std::map<std::string, known_rows> known_; ///< by the array's key; only arrays in two documents.
  std::vector<fault> faults_;
  size_t more_faults_ = 0;
  std::vector<std::string> warnings_;
  size_t more_warnings_ = 0;
};

} // namespace fedhub::conf
