// The model's own reader of XML streams: it takes apart what the hub writes, and shares no code
// with the hub.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fedhub::model {

/// A part of a stream. `text` is good until the reader is fed again.
struct stream_item {
  enum class kind : uint8_t { none, header, element, footer, malformed };
  kind what = kind::none;
  std::string_view text;
  uint64_t begin = 0; ///< place of its first octet, counted from the stream's beginning.

  explicit operator bool() const { return what != kind::none; }
  std::string_view name() const;
  /// The value of an attribute of the start tag; empty if there is none.
  std::string_view attribute(std::string_view name) const;
  /// All behind the start tag.
  std::string_view inside() const;
  bool holds(std::string_view x) const { return text.find(x) != text.npos; }
};

/// Cuts octets into header, elements and footer. The hub writes no comments, CDATA or processing
/// instructions but for the XML declaration, and neither does the model.
class octet_stream {
public:
  void feed(std::string_view octets);
  /// @returns the next complete part; none if it has not come yet.
  stream_item next();
  /// A restart: another header comes.
  void restart() { header_seen_ = false; }

private:
  bool find_end(size_t& end);

  std::string data_;
  size_t begin_ = 0; ///< of what `next` has not returned.
  size_t scanned_ = 0;
  int depth_ = 0;
  uint64_t dropped_ = 0; ///< octets that are not in `data_` any more.
  bool header_seen_ = false;
};

} // namespace fedhub::model
