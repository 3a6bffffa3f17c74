// Objects of the API as lines of labels and values.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "conf/ctl/field_text.hpp"

namespace fedhub::ctl {

/// Appends `label` and `text` as a paragraph: the text begins after `label_width` columns, and its
/// lines are broken at the terminal's width. A blank text without a
/// label appends nothing.
/// @param indent spaces before the label.
void append_paragraph(std::string& out, std::string_view label, std::string_view text,
                      size_t indent, size_t label_width, const text_style& style);

/// Returns an object as lines: first the fields with a short value, then for each list or object
/// with parts a section below its name.
/// @param first fields that come first, in this order; all others are sorted by name.
/// @param without fields that are not shown.
std::string object_view(const json& object, std::span<const std::string_view> first,
                        std::span<const std::string_view> without, const text_style& style,
                        size_t indent = 0);

/// Returns the style for what stands `indent` columns to the right.
text_style indented(const text_style& style, size_t indent);

/// Appends lines, each with `indent` spaces before it.
void append_indented(std::string& out, std::string_view lines, size_t indent);

} // namespace fedhub::ctl
