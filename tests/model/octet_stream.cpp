#include "tests/model/octet_stream.hpp"

namespace fedhub::model {

namespace {

/// Returns the place after the '>' that ends the tag at `from`; npos if it has not come yet.
size_t end_of_tag(std::string_view text, size_t from) {
  char quote = 0;
  for (size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '\'' || c == '"')
      quote = c;
    else if (c == '>')
      return i + 1;
  }
  return std::string_view::npos;
}

bool is_space(char x) { return x == ' ' || x == '\n' || x == '\t' || x == '\r'; }

} // namespace

std::string_view stream_item::name() const {
  const auto end = text.find_first_of(" />\t\n'\"", 1);
  return text.substr(1, end - 1);
}

std::string_view stream_item::attribute(std::string_view name) const {
  const auto tag = text.substr(0, end_of_tag(text, 0));
  for (size_t at = tag.find(name); at != tag.npos; at = tag.find(name, at + 1)) {
    const size_t mark = at + name.size();
    if (at == 0 || !is_space(tag[at - 1]) || mark + 1 >= tag.size() || tag[mark] != '=')
      continue;
    const char quote = tag[mark + 1];
    return tag.substr(mark + 2, tag.find(quote, mark + 2) - mark - 2);
  }
  return {};
}

std::string_view stream_item::inside() const { return text.substr(end_of_tag(text, 0)); }

void octet_stream::feed(std::string_view octets) {
  if (begin_ > 0) {
    data_.erase(0, begin_);
    scanned_ -= begin_;
    dropped_ += begin_;
    begin_ = 0;
  }
  data_.append(octets);
}

/// Finds the end of one element by its tags. @returns false if the end has not come yet.
bool octet_stream::find_end(size_t& end) {
  const std::string_view text{data_};
  for (;;) {
    const auto open = text.find('<', scanned_);
    const auto close = open == text.npos ? open : end_of_tag(text, open);
    if (close == text.npos)
      return false;
    scanned_ = close;
    if (text[open + 1] == '/')
      --depth_;
    else if (text[close - 2] != '/')
      ++depth_;
    if (depth_ == 0) {
      end = close;
      return true;
    }
  }
}

stream_item octet_stream::next() {
  using kind = stream_item::kind;
  const std::string_view text{data_};
  if (depth_ == 0) {
    while (begin_ < text.size() && is_space(text[begin_]))
      ++begin_;
    scanned_ = begin_;
    if (begin_ + 2 > text.size())
      return {};
    if (text[begin_] != '<')
      return {kind::malformed, text.substr(begin_), dropped_ + begin_};
    const auto close = end_of_tag(text, begin_);
    if (close == text.npos)
      return {};
    const auto tag = text.substr(begin_, close - begin_);
    if (tag[1] == '?') {
      begin_ = close;
      return next();
    }
    const bool footer = tag[1] == '/';
    if (footer || !header_seen_) {
      const stream_item item{footer ? kind::footer : kind::header, tag, dropped_ + begin_};
      header_seen_ = true;
      begin_ = close;
      return item;
    }
  }
  size_t end = 0;
  if (!find_end(end))
    return {};
  const stream_item item{kind::element, text.substr(begin_, end - begin_), dropped_ + begin_};
  begin_ = end;
  return item;
}

} // namespace fedhub::model
