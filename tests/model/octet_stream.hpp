// The model's own reader of XML streams: it splits the hub's output, and shares no code with the
// hub.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fedhub::model {

/// A part of a stream. `text` is valid until the reader is fed again.
struct stream_item {
  enum class kind : uint8_t { none, header, element, footer, malformed };
  kind what = kind::none;
  std::string_view text;
  uint64_t begin = 0; ///< place of its first octet, counted from the stream's beginning.

  explicit operator bool() const { return what != kind::none; }
  std::string_view name() const;
  /// Returns the value of an attribute of the start tag; empty if there is none.
  std::string_view attribute(std::string_view name) const;
  /// Returns everything after the start tag.
  std::string_view inside() const;
  bool holds(std::string_view x) const { return text.find(x) != text.npos; }
};

/// Splits octets into header, elements and footer. Neither the hub nor the model writes comments,
/// CDATA or processing instructions, except for the XML declaration.
class octet_stream {
public:
  void feed(std::string_view octets);
  /// @returns the next complete part; none if it has not come yet.
  stream_item next();
  /// Prepares for a restart, after which another header comes.
  void restart() { header_seen_ = false; }

private:
  bool find_end(size_t& end);

  std::string data_;
  size_t begin_ = 0; ///< begin of the part that `next` has not returned yet.
  size_t scanned_ = 0;
  int depth_ = 0;
  uint64_t dropped_ = 0; ///< octets that are no longer in `data_`.
  bool header_seen_ = false;
};

} // namespace fedhub::model
