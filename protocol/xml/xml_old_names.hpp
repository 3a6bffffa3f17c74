// Names as XML 1.0 had them up to its fourth edition.
#pragma once

namespace fedhub::xml {

/// Whether a name that begins with `c`, or has it further on, was one already before the fifth
/// edition (XML 1.0, fourth edition, appendix B). expat goes by that, and so do the servers that
/// read with it: Prosody, ejabberd, jabberd2. All of these are names of the fifth edition too.
/// @pre `c` is beyond ASCII, where the editions agree.
bool is_old_name_start(char32_t c);
bool is_old_name_char(char32_t c);

} // namespace fedhub::xml
