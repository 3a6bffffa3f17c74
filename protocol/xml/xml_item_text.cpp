// Scans the contents between tags: text, references, CDATA sections, octet by octet as they arrive.
#include <algorithm>

#include "protocol/text/xml_chars.hpp"
#include "protocol/text/xml_reference.hpp"
#include "protocol/xml/xml_item.hpp"
#include "protocol/xml/xml_reference_check.hpp"

namespace fedhub::xml {

step item_scanner::take_text(mark_window& octets) {
  const char* const item = octets.item();
  const size_t size = octets.size();
  for (;;) {
    pos_ = octets.find_in_text(pos_);
    if (pos_ == size)
      return step::incomplete;
    switch (item[pos_]) {
    case '<':
      return step::done;
    case '&':
      if (size - pos_ >= entity_reference_room && is_entity_reference(item + pos_)) [[likely]] {
        // No octet of the reference has a mark, so the search for the next mark need not wait for
        // its end.
        search_ = 0;
        ++pos_;
      } else if (const step result = take_reference(item, size); result != step::done) {
        return result;
      }
      break;
    case '>':
      // After a tag, a section or a reference the octets before `>` are not "]]" by accident.
      if (item[pos_ - 1] == ']' && item[pos_ - 2] == ']')
        return fail(not_well_formed("']]>' in text"));
      ++pos_;
      break;
    default:
      return fail(not_well_formed("a control character"));
    }
  }
}

step item_scanner::take_reference(const char* item, size_t size) {
  const char* const inside = item + pos_ + 1;
  const char* const end = find_reference_end(search_ ? item + search_ : inside, item + size);
  if (end == item + size) {
    search_ = size;
    return step::incomplete;
  }
  search_ = 0;
  if (const fault why = check_reference({inside, end}, *end == ';'))
    return fail(why);
  pos_ = static_cast<size_t>(end + 1 - item);
  return step::done;
}

step item_scanner::open_cdata(const char* item, size_t size) {
  constexpr std::string_view opening = "<![CDATA[";
  const std::string_view seen{item + pos_, std::min(size - pos_, opening.size())};
  if (seen.size() > 2 && seen[2] != '[')
    return fail(seen[2] == '-' || is_ascii_name_start(seen[2])
                  ? restricted("a comment or markup declaration")
                  : not_well_formed("'<!' without a CDATA section"));
  // Directly below the stream element a CDATA section would be text.
  if (seen.size() > 2 && open_.empty())
    return fail(bad_format("text between stanzas"));
  if (!opening.starts_with(seen))
    return fail(not_well_formed("'<!' without a CDATA section"));
  if (seen.size() < opening.size())
    return step::incomplete;
  in_cdata_ = true;
  pos_ += opening.size();
  return step::done;
}

step item_scanner::take_cdata(mark_window& octets) {
  const char* const item = octets.item();
  const size_t size = octets.size();
  for (;;) {
    pos_ = octets.find_in_text(pos_);
    if (pos_ == size)
      return step::incomplete;
    const char c = item[pos_];
    if (is_forbidden_control(c))
      return fail(not_well_formed("a control character"));
    ++pos_;
    // The opening `<![CDATA[` ends in a single bracket, so it is not mistaken for part of "]]>".
    if (c == '>' && item[pos_ - 2] == ']' && item[pos_ - 3] == ']') {
      in_cdata_ = false;
      return step::done;
    }
  }
}

} // namespace fedhub::xml
