// One item of an XML stream: its header, one child of the stream element, or its end tag.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/errors/xml_fault.hpp"
#include "protocol/xml/xml_marks.hpp"
#include "protocol/xml/xml_namespaces.hpp"
#include "protocol/xml/xml_scanner.hpp"
#include "protocol/xml/xml_tag.hpp"

namespace fedhub::xml {

/// Finds the end of an item and checks its contents. Resumes where the octets ended.
///
/// Works token by token: start tag, end tag, reference, run of text, CDATA section. Text and CDATA
/// are consumed octet by octet as they arrive. A tag is judged only once its end has arrived (see
/// `find_tag_end`), so that the verdict depends on the octets alone and not on how the input was
/// split. Until then only the searched length is kept, so that no octet is examined more than
/// a fixed number of times, however slowly the octets arrive.
///
/// If a child of the stream exceeds a limit (`xml_limits::frames_excess`), scanning goes on from
/// the tag that exceeds it. That tag is at the same octet however the input was split: see
/// `xml_item_excess.cpp`.
class item_scanner {
public:
  enum class kind : uint8_t { header, element, stream_end };

  item_scanner(const xml_limits& limits, instruction_set instructions)
    : limits_(limits), classify_(classifier_for(instructions)) {}

  /// Begins a stream header.
  void begin_header(const xml_limits& limits, bool declaration_allowed);
  /// Begins an element, or the stream's end tag. @pre a header was scanned.
  void begin_child(const xml_limits& limits);

  /// Continues with the item. @param pending all octets of the item so far, from its first one.
  step scan(std::string_view pending);

  /// Frees memory that is used only within items. @pre no item has begun.
  void free_memory();

  kind what() const { return kind_; } ///< the kind of the finished item.
  size_t length() const { return pos_; }
  const fault& why() const { return why_; }
  const start_tag& tag() const { return tag_; }
  std::string_view namespace_uri() const;
  const ns_bindings& header_bindings() const { return header_bindings_; }

private:
  struct open_element {
    uint32_t name_begin;
    uint32_t name_length;
    namespace_scopes::mark outer; ///< the bindings that are in scope again after the element.
  };

  void begin(const xml_limits& limits, kind item_kind);
  step scan_header(mark_window& octets);
  step scan_child(mark_window& octets);
  step take_declaration(const char* item, size_t size);
  step take_start_tag(mark_window& octets);
  step take_end_tag(mark_window& octets, std::string_view name);
  step take_any_end_tag(mark_window& octets, std::string_view name);
  step take_text(mark_window& octets);
  step take_reference(const char* item, size_t size);
  step open_cdata(const char* item, size_t size);
  step take_cdata(mark_window& octets);
  step begin_excess(mark_window& octets);
  step scan_excess(mark_window& octets);
  step take_excess_tag(mark_window& octets);
  step take_excess_end_tag(mark_window& octets);
  fault note_excess_attribute(const char* item, const attribute& seen);
  fault note_excess_root(const char* item);
  fault enter_element(const char* item);
  void note_obstacle();
  void note_root(const char* item);
  void note_header(const char* item);
  void note_use(namespace_scopes::index binding);
  void note(passage_obstacle obstacle);
  bool find_tag_end(const char* item, size_t size);
  bool find_angle(const char* item, size_t size, size_t from);
  fault check_octets(const char* item, size_t size) const;
  step fail(const fault& why);

  xml_limits limits_;
  kind kind_ = kind::header;
  bool declaration_allowed_ = false;
  bool in_cdata_ = false;
  char quote_ = 0;    ///< in `find_tag_end`: the open quote, or 0.
  bool high_ = false; ///< the item has octets beyond ASCII.
  size_t pos_ = 0;    ///< the first octet of the next token.
  size_t search_ = 0; ///< how far the end of that token was searched without success, or 0.
  fault why_;

  classifier classify_;
  tag_syntax syntax_;
  std::vector<open_element> open_;
  uint32_t unlisted_ = 0; ///< past a limit: the open elements inside those in `open_`.
  namespace_scopes namespaces_;
  start_tag tag_;
  uint32_t elements_ = 0;                                         ///< start tags so far.
  namespace_scopes::index root_binding_ = namespace_scopes::none; ///< the root's prefix.
  std::string root_default_; ///< the value of the root's own `xmlns`.

  std::string header_name_;
  ns_bindings header_bindings_;
  std::string_view header_default_; ///< the default namespace among the bindings, or empty.
  namespace_scopes::mark header_mark_;
  bool header_default_odd_ = false; ///< the default namespace's name `holds_separator`.
};

} // namespace fedhub::xml
