#include "protocol/xml/xml_reference_check.hpp"

#include <algorithm>

#include "protocol/text/xml_chars.hpp"
#include "protocol/text/xml_reference.hpp"

namespace fedhub::xml {

fault check_reference(std::string_view inside, bool closed) {
  if (!closed || inside.empty())
    return not_well_formed("'&' without a reference");
  const bool known = is_char(referenced_char(inside));
  if (inside.front() == '#')
    return known ? fault{} : not_well_formed("a reference to a character that XML forbids");
  if (known)
    return {};
  const bool is_name =
    is_ascii_name_start(inside.front()) && std::ranges::all_of(inside, is_ascii_name_char);
  return is_name ? restricted("entity reference") : not_well_formed("'&' without a reference");
}

} // namespace fedhub::xml
