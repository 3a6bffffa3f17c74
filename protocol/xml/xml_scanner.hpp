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

/// Limits on what the scanner takes. Past one of them the stream ends with `policy_violation`, or
/// the element alone is refused: see `frames_excess`.
struct xml_limits {
  size_t element_bytes = 524288; ///< octets of one top-level element, or of the stream header.
  uint32_t depth = 64;           ///< nesting below the stream element; a stanza's root has depth 1.
  uint32_t elements = 16384;     ///< elements within one top-level element, its root included.
  uint32_t attributes = 512;     ///< attributes of one start tag, declarations included.
  uint32_t prefixes = 128;       ///< namespace prefixes in scope at once, the header's included.
  /// A child of the stream that is past one of these, octets excepted, is framed to its end and
  /// reported with the obstacle that `past_limits`. False: it ends the stream.
  bool frames_excess = false;
};

/// Octets [begin, end) of an item, counted from the item's first octet. Absent if `end == 0`.
struct span32 {
  uint32_t begin = 0;
  uint32_t end = 0;

  explicit operator bool() const { return end != 0; }
  std::string_view of(std::string_view item) const { return item.substr(begin, end - begin); }
};

/// Attributes that a stanza gains on the way to another stream, at most, besides declarations of
/// the header's prefixes: `to`, `from`, `xml:lang`, `xmlns` (`rewrite_start_tag`).
inline constexpr uint32_t gained_attributes = 4;
/// Prefixes that the hub's own stream header may bind.
inline constexpr uint32_t gained_prefixes = 4;

/// What the scanner saw in the start tag of a top-level element. All spans count from the
/// item's first octet, which is the element's `<` (in a stream header, that of the XML declaration
/// if there is one); attribute values are raw, without their quotes, references not expanded.
struct start_tag {
  span32 name;                     ///< local part of the element's name.
  span32 prefix;                   ///< absent if the name has none.
  span32 to, from, id, type, lang; ///< unprefixed attributes, and `xml:lang`.
  span32 xmlns;            ///< value of a default namespace declaration on the element itself.
  uint32_t end = 0;        ///< first octet after the start tag's `>`.
  bool empty = false;      ///< `<a/>`.
  bool references = false; ///< `&...;` stands in a value; in a restored tag it is not said.
  /// Bit i: the i-th prefixed binding of the stream header (`xml_scanner::header_bindings`) is
  /// used somewhere in the element without being bound there. Bindings past 63 share bit 63.
  uint64_t header_prefixes = 0;
  /// The element's own namespace comes from the header: no prefix and no `xmlns` of its own, or
  /// a prefix that the header bound.
  bool inherits_namespace = false;
  bool declares_prefix = false; ///< it binds a prefix itself (never of a stream header).
  /// Of the whole element, not of its start tag alone; never of a stream header. If it
  /// `past_limits`, the spans, `end`, `empty`, `inherits_namespace` and the namespace name hold,
  /// and nothing else does.
  passage_obstacle obstacle = passage_obstacle::none;
};

/// What one call of `xml_scanner::next` found.
enum class scan_status : uint8_t {
  need_more,  ///< the input ends inside an item (or is empty).
  header,     ///< the stream's start tag, an XML declaration before it included.
  element,    ///< one complete child of the stream.
  stream_end, ///< the stream's end tag.
  error,      ///< a fault; the scanner stays in it.
};

struct scan_result {
  scan_status status = scan_status::need_more;
  /// White space (keepalives) before the item, or the byte order mark before a stream header: drop
  /// these octets, also with `need_more`. They count to no limit.
  size_t skip = 0;
  size_t length = 0; ///< octets of the item behind `skip`; drop them too after use.
  stream_error error = stream_error::none; ///< for `error`.
  const char* reason = "";                 ///< for `error`: a static text for the log and the peer.
};

/// Frames and checks one XML stream (RFC 6120 §4, §11): XML 1.0 well-formedness with the
/// restrictions of §11.1 (no comment, PI, DOCTYPE or entity but the five), Namespaces in XML,
/// UTF-8, and `xml_limits`. Frames without copying: the caller keeps the octets.
///
/// Feeding: call `next` with all octets received and not yet dropped, beginning with the first
/// octet of the current item. On `need_more` drop `skip` octets and call again when there are more
/// (the octets may have moved; those seen are not scanned twice). On an item, drop `skip + length`
/// octets and call again with the rest. Any split of the input gives the same items and the same
/// error. An `error` is final; what came before it in the same input has been reported.
///
/// A stream header that is an empty tag is followed by a `stream_end` of length 0. Behind the
/// stream's end nothing but white space may come.
///
/// The condition for each fault (RFC 6120 §4.9.3):
/// - `not_well_formed`: XML or Namespaces in XML is violated, an unbound prefix included
/// (§4.9.3.13);
/// - `restricted_xml`: comment, processing instruction, DOCTYPE, entity reference but the five;
/// - `unsupported_encoding`: not UTF-8, by declaration, byte order mark or octets;
/// - `bad_format`: text directly below the stream element;
/// - `policy_violation`: past one of `xml_limits`, and not to be framed.
///
/// An element that is framed only (`xml_limits::frames_excess`) is followed tag by tag, in bounded
/// memory. All of the above is checked in it but these: names of end tags below the excess,
/// prefixes that are not bound, and attributes that stand twice. In the root's start tag, the
/// element's own prefix and the attributes that `start_tag` has are still checked.
///
/// Stricter than XML: the XML declaration must say version 1.0.
class xml_scanner {
public:
  /// @param x for tests and measurements; any other than the best is only slower. @pre it is
  /// available.
  explicit xml_scanner(const xml_limits& limits,
                       xml::instruction_set x = xml::best_instruction_set());
  xml_scanner(xml_scanner&&) noexcept;
  xml_scanner& operator=(xml_scanner&&) noexcept;
  ~xml_scanner();

  scan_result next(std::string_view pending);

  /// Start tag of the last `element`, or of the `header`; valid until the next call of `next`.
  const start_tag& tag() const;

  /// Namespace name of the last `element` or `header`, references expanded; empty if it has none.
  /// Valid until the next call of `next`.
  std::string_view namespace_uri() const;

  const ns_bindings& header_bindings() const;

  /// Awaits a new stream header (RFC 6120 §4.3.3: restart after STARTTLS or SASL).
  void reset();

  /// Lets go of memory that is of use only within items: nothing more is expected for a while.
  /// Ends the validity of `tag` and `namespace_uri`.
  void rest();

  /// Changes the limits from the next item on (a stream that has authenticated may send more).
  void set_limits(const xml_limits& limits);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace fedhub
