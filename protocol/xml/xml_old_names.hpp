// Names by XML 1.0 up to its fourth edition.
#pragma once

namespace fedhub::xml {

/// Return whether `c` may begin a name, or stand in one, by XML 1.0's fourth edition (appendix B).
/// expat follows that edition, and so do the servers that use expat: Prosody, ejabberd, jabberd2.
/// The fifth edition allows all these names as well.
/// @pre `c` is beyond ASCII. For ASCII the editions agree.
bool is_old_name_start(char32_t c);
bool is_old_name_char(char32_t c);

} // namespace fedhub::xml
