// What stands between tags: text, references, CDATA sections. Taken octet by octet as it comes.
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
        // Nothing in it has a mark, so that the search for the next one need not wait for its end.
        search_ = 0;
        ++pos_;
      } else if (const step x = take_reference(item, size); x != step::done) {
        return x;
      }
      break;
    case '>':
      // Behind a tag, a section or a reference there is no "]]" to be misled by.
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
  if (const fault x = check_reference({inside, end}, *end == ';'))
    return fail(x);
  pos_ = static_cast<size_t>(end + 1 - item);
  return step::done;
}

step item_scanner::open_cdata(const char* item, size_t size) {
  constexpr std::string_view opening = "<![CDATA[";
  const std::string_view seen{item + pos_, std::min(size - pos_, opening.size())};
  if (seen.size() > 2 && seen[2] != '[')
    return fail(seen[2] == '-' || is_ascii_name_start(seen[2])
                  ? restricted("a comment or markup declaration")
                  : not_well_formed("'<!' that opens nothing"));
  // Below the stream element a section would be text.
  if (seen.size() > 2 && open_.empty())
    return fail(bad_format("text between stanzas"));
  if (!opening.starts_with(seen))
    return fail(not_well_formed("'<!' that opens nothing"));
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
    // What opens the section does not end in a bracket that could be taken for one of these.
    if (c == '>' && item[pos_ - 2] == ']' && item[pos_ - 3] == ']') {
      in_cdata_ = false;
      return step::done;
    }
  }
}

} // namespace fedhub::xml
