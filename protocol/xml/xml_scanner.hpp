// The incremental XML scanner: frames the children of a stream and checks them in full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/errors/passage_obstacle.hpp"
#include "protocol/errors/stream_error.hpp"
#include "protocol/xml/ns_bindings.hpp"
#include "protocol/xml/xml_instruction_set.hpp"

namespace fedhub {

/// Limits on the scanner's input. If one is exceeded, the stream ends with `policy_violation`, or
/// only the element is refused: see `frames_excess`.
struct xml_limits {
  size_t element_bytes = 524288; ///< octets of one top-level element, or of the stream header.
  uint32_t depth = 64;           ///< nesting below the stream element; a stanza's root has depth 1.
  uint32_t elements = 16384;     ///< elements within one top-level element, its root included.
  uint32_t attributes = 512;     ///< attributes of one start tag, declarations included.
  uint32_t prefixes = 128;       ///< namespace prefixes in scope at once, the header's included.
  /// If true, a child of the stream that exceeds one of these limits, except the octets, is framed
  /// to its end and reported with an obstacle for which `past_limits` is true. If false, it ends
  /// the stream.
  bool frames_excess = false;
};

/// Octets [begin, end) of an item, counted from the item's first octet. Absent if `end == 0`.
struct span32 {
  uint32_t begin = 0;
  uint32_t end = 0;

  explicit operator bool() const { return end != 0; }
  std::string_view of(std::string_view item) const { return item.substr(begin, end - begin); }
};

/// The greatest number of attributes that a stanza gains on the way to another stream, apart from
/// declarations of the header's prefixes: `to`, `from`, `xml:lang`, `xmlns` (`rewrite_start_tag`).
inline constexpr uint32_t gained_attributes = 4;
/// The greatest number of prefixes that the hub's own stream header binds.
inline constexpr uint32_t gained_prefixes = 4;

/// The start tag of a top-level element. All spans count from the item's first octet, which is the
/// element's `<`. In a stream header, it is the `<` of the XML declaration if there is one.
/// Attribute values are raw: without quotes, references not expanded.
struct start_tag {
  span32 name;                     ///< local part of the element's name.
  span32 prefix;                   ///< absent if the name has none.
  span32 to, from, id, type, lang; ///< unprefixed attributes, and `xml:lang`.
  span32 xmlns;            ///< value of a default namespace declaration on the element itself.
  uint32_t end = 0;        ///< first octet after the start tag's `>`.
  bool empty = false;      ///< `<a/>`.
  bool references = false; ///< `&...;` occurs in a value; not set in a restored tag.
  /// Bit i is set if the element uses the i-th prefixed binding of the stream header
  /// (`xml_scanner::header_bindings`) anywhere without binding the prefix there. Bindings past 63
  /// share bit 63.
  uint64_t header_prefixes = 0;
  /// The element's own namespace comes from the header: the element has no prefix and no `xmlns` of
  /// its own, or a prefix that the header bound.
  bool inherits_namespace = false;
  bool declares_prefix = false; ///< the tag itself binds a prefix; never set for a stream header.
  /// The obstacle of the whole element, not of its start tag alone; never set for a stream header.
  /// If the element is `past_limits`, only the spans, `end`, `empty`, `inherits_namespace` and the
  /// namespace name are valid.
  passage_obstacle obstacle = passage_obstacle::none;
};

/// The result of one call of `xml_scanner::next`.
enum class scan_status : uint8_t {
  need_more,  ///< the input ends inside an item (or is empty).
  header,     ///< the stream's start tag, an XML declaration before it included.
  element,    ///< one complete child of the stream.
  stream_end, ///< the stream's end tag.
  error,      ///< a fault; every further call returns it again.
};

struct scan_result {
  scan_status status = scan_status::need_more;
  /// The octets to drop before the item, also with `need_more`: white space (keepalives), or the
  /// byte order mark before a stream header. They count toward no limit.
  size_t skip = 0;
  size_t length = 0; ///< octets of the item after `skip`; drop them too after use.
  stream_error error = stream_error::none; ///< for `error`.
  const char* reason = "";                 ///< for `error`: a static text for the log and the peer.
};

/// Frames and checks one XML stream (RFC 6120 §4, §11): XML 1.0 well-formedness with the
/// restrictions of §11.1 (no comment, PI, DOCTYPE or entity but the five), Namespaces in XML,
/// UTF-8, and `xml_limits`. Copies nothing: the caller keeps the octets.
///
/// Feeding: call `next` with all octets received and not yet dropped, from the first octet of the
/// current item. On `need_more`, drop `skip` octets and call again when more octets have arrived.
/// The octets may have moved, and none is scanned twice. On an item, drop `skip + length` octets
/// and call again with the rest. Any split of the input gives the same items and the same error. An
/// `error` is final. All items before it in the same input have been reported.
///
/// A stream header that is an empty tag is followed by a `stream_end` of length 0. After the end of
/// the stream only white space is allowed.
///
/// The condition for each fault (RFC 6120 §4.9.3):
/// - `not_well_formed`: XML or Namespaces in XML is violated, an unbound prefix included
///   (§4.9.3.13);
/// - `restricted_xml`: comment, processing instruction, DOCTYPE, entity reference but the five;
/// - `unsupported_encoding`: not UTF-8, by declaration, byte order mark or octets;
/// - `bad_format`: text directly below the stream element;
/// - `policy_violation`: one of `xml_limits` is exceeded, and the element cannot be framed.
///
/// An element that is only framed (`xml_limits::frames_excess`) is scanned tag by tag, in bounded
/// memory. All of the above is checked except: names of end tags after the excess, unbound
/// prefixes, and duplicate attributes. In the root's start tag, the element's own prefix and the
/// attributes in `start_tag` are still checked.
///
/// Stricter than XML: the XML declaration must say version 1.0.
class xml_scanner {
public:
  /// @param instructions for tests and measurements: any set but the best is only slower.
  /// @pre the set is available.
  explicit xml_scanner(const xml_limits& limits,
                       xml::instruction_set instructions = xml::best_instruction_set());
  xml_scanner(xml_scanner&&) noexcept;
  xml_scanner& operator=(xml_scanner&&) noexcept;
  ~xml_scanner();

  /// Scans the next item. See "Feeding" above.
  scan_result next(std::string_view pending);

  /// Returns the start tag of the last `element`, or of the `header`. Valid until the next call of
  /// `next`.
  const start_tag& tag() const;

  /// Returns the namespace name of the last `element` or `header`, references expanded; empty if it
  /// has none. Valid until the next call of `next`.
  std::string_view namespace_uri() const;

  const ns_bindings& header_bindings() const;

  /// Expects a new stream header (RFC 6120 §4.3.3: restart after STARTTLS or SASL).
  void reset();

  /// Frees memory that is used only within items. Call when no input is expected for a while.
  /// Invalidates `tag` and `namespace_uri`.
  void free_memory();

  /// Changes the limits from the next item on, e.g. for a stream that has authenticated.
  void set_limits(const xml_limits& limits);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace fedhub
