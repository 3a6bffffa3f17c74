#include "protocol/capture/masked_elements.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "protocol/text/xml_chars.hpp"

namespace fedhub {

namespace {

constexpr std::array<std::string_view, 8> open_attributes{"from",  "to",   "id",  "type",
                                                          "xmlns", "node", "var", "category"};
/// Top-level elements whose content is no secret, apart from stanzas.
constexpr std::array<std::string_view, 2> open_elements{"features", "error"};
constexpr std::array<std::string_view, 3> stanzas{"message", "presence", "iq"};

constexpr std::string_view declaration_begin = "<?xml";
constexpr std::string_view cdata_begin = "<![CDATA[";
constexpr std::string_view cdata_end = "]]>";

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string_view without_prefix(std::string_view name) {
  return name.substr(name.find(':') + 1); // npos + 1 is 0
}

void append_length(std::string& out, size_t octets) {
  out.append("[").append(std::to_string(octets)).append(" octets]");
}

std::string_view name_at(std::string_view text) {
  const auto end = std::ranges::find_if(text, [](char c) { return xml::may_follow_name(c); });
  return text.substr(0, static_cast<size_t>(end - text.begin()));
}

/// One attribute of a tag.
struct attribute {
  std::string_view name;
  std::string_view before; ///< the octets up to the value: space, name, "=" and the quote.
  std::string_view value;  ///< raw.
};

/// Reads a tag from its `<` on, attribute by attribute.
class tag_reader {
public:
  explicit tag_reader(std::string_view octets)
    : rest_{octets.substr(octets.starts_with("</") ? 2 : 1)}, name_{name_at(rest_)} {
    rest_.remove_prefix(name_.size());
  }

  std::string_view name() const { return name_; }
  /// Returns the octets after what was read.
  std::string_view rest() const { return rest_; }

  /// Reads an attribute. @returns nothing at the end of the tag, or at a fault.
  std::optional<attribute> next() {
    const auto begin = rest_.find_first_not_of(xml::white_space);
    if (begin == rest_.npos || rest_[begin] == '>' || rest_[begin] == '/')
      return {};
    const auto name = name_at(rest_.substr(begin));
    auto quote = rest_.find_first_not_of(xml::white_space, begin + name.size());
    if (name.empty() || quote == rest_.npos || rest_[quote] != '=')
      return {};
    quote = rest_.find_first_not_of(xml::white_space, quote + 1);
    if (quote == rest_.npos || (rest_[quote] != '"' && rest_[quote] != '\''))
      return {};
    const auto end = rest_.find(rest_[quote], quote + 1);
    if (end == rest_.npos)
      return {};
    attribute found{name, rest_.substr(0, quote + 1), rest_.substr(quote + 1, end - quote - 1)};
    rest_.remove_prefix(end);
    quote_ = rest_.front();
    rest_.remove_prefix(1);
    return found;
  }
  /// Returns the quote of the last attribute.
  char quote() const { return quote_; }

  enum class end_kind : uint8_t { open, empty, fault };
  /// Reads the end of the tag.
  end_kind finish() {
    const auto begin = std::min(rest_.find_first_not_of(xml::white_space), rest_.size());
    rest_.remove_prefix(begin);
    const bool empty = rest_.starts_with("/>");
    if (!empty && !rest_.starts_with('>'))
      return end_kind::fault;
    rest_.remove_prefix(empty ? 2 : 1);
    return empty ? end_kind::empty : end_kind::open;
  }

private:
  std::string_view rest_;
  std::string_view name_;
  char quote_ = 0;
};

/// Masks one top-level element after the other.
class masker {
public:
  masker(std::string_view octets, capture_detail detail)
    : rest_{octets}, bodies_{detail == capture_detail::bodies} {}

  /// @returns the next element; nothing at the end, or at a fault.
  std::optional<std::string> next() {
    out_.clear();
    skip_white_space();
    if (rest_.starts_with(declaration_begin)) {
      const auto end = rest_.find("?>");
      if (end == rest_.npos)
        return {};
      rest_.remove_prefix(end + 2);
      out_ = "<?xml version='1.0'?>";
      skip_white_space();
    }
    if (!rest_.starts_with('<'))
      return {};
    if (rest_.starts_with("</"))
      return take_end_tag() ? std::optional{std::move(out_)} : std::nullopt;
    element_ = without_prefix(tag_reader{rest_}.name());
    shows_text_ = bodies_ && (is_one_of(stanzas, element_) || is_one_of(open_elements, element_));
    return take_element() ? std::optional{std::move(out_)} : std::nullopt;
  }

private:
  using end_kind = tag_reader::end_kind;

  void skip_white_space() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(xml::white_space), rest_.size()));
  }

  bool take_element() {
    for (size_t depth = 0;;) {
      const auto end = take_start_tag();
      if (end == end_kind::fault)
        return false;
      depth += end == end_kind::open ? 1 : 0;
      if (depth == 0 || (depth == 1 && element_ == "stream"))
        return true;
      take_text();
      while (rest_.starts_with("</")) {
        if (!take_end_tag())
          return false;
        if (--depth == 0)
          return true;
        take_text();
      }
      if (!rest_.starts_with('<'))
        return false;
    }
  }

  end_kind take_start_tag() {
    tag_reader tag{rest_};
    if (tag.name().empty() || tag.name().front() == '!' || tag.name().front() == '?')
      return end_kind::fault;
    out_.append("<").append(tag.name());
    while (const auto found = tag.next()) {
      out_.append(found->before);
      if (stays(found->name))
        out_.append(found->value);
      else
        append_length(out_, found->value.size());
      out_ += tag.quote();
    }
    const auto end = tag.finish();
    rest_ = tag.rest();
    out_.append(end == end_kind::empty ? "/>" : ">");
    return end;
  }

  bool take_end_tag() {
    tag_reader tag{rest_};
    if (tag.name().empty() || tag.finish() != end_kind::open)
      return false;
    out_.append("</").append(tag.name()).append(">");
    rest_ = tag.rest();
    return true;
  }

  /// Takes character data up to the next tag.
  void take_text() {
    const auto all = rest_;
    size_t octets = 0;
    bool content = false;
    while (!rest_.empty() && (rest_.front() != '<' || rest_.starts_with(cdata_begin))) {
      const bool cdata = rest_.front() == '<';
      if (cdata)
        rest_.remove_prefix(cdata_begin.size());
      const auto end = std::min(cdata ? rest_.find(cdata_end) : rest_.find('<'), rest_.size());
      const auto part = rest_.substr(0, end);
      octets += part.size();
      content |= cdata || !xml::trim(part).empty();
      rest_.remove_prefix(end);
      if (cdata)
        rest_.remove_prefix(std::min(cdata_end.size(), rest_.size()));
    }
    if (shows_text_ || !content)
      out_.append(all.substr(0, all.size() - rest_.size()));
    else
      append_length(out_, octets);
  }

  bool stays(std::string_view attribute) const {
    if (attribute == "previd" || (attribute == "id" && element_ == "enabled"))
      return is_one_of(stanzas, element_) && (bodies_ || attribute == "id");
    return bodies_ || is_one_of(open_attributes, attribute) || attribute.starts_with("xmlns:");
  }

  std::string_view rest_;
  const bool bodies_;
  bool shows_text_ = false;  ///< of the element at hand.
  std::string_view element_; ///< the top-level element at hand.
  std::string out_;
};

} // namespace

std::vector<std::string> mask_elements(std::string_view octets, capture_detail detail) {
  std::vector<std::string> elements;
  masker masker{octets, detail};
  while (auto element = masker.next())
    elements.push_back(std::move(*element));
  return elements;
}

element_names names_of_element(std::string_view octets) {
  if (octets.starts_with(declaration_begin))
    octets.remove_prefix(std::min(octets.find('<', 1), octets.size()));
  if (!octets.starts_with('<') || octets.starts_with("</"))
    return {};
  tag_reader tag{octets};
  element_names names{without_prefix(tag.name()), {}, {}};
  while (const auto found = tag.next()) {
    if (found->name == "from")
      names.from = found->value;
    else if (found->name == "to")
      names.to = found->value;
  }
  return names;
}

} // namespace fedhub
