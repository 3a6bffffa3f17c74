#include "conf/ctl/event_stream.hpp"

namespace fedhub::ctl {

bool event_stream::take(std::string_view octets, const receiver& receive) {
  for (const char octet : octets) {
    const bool ends_return = after_return_ && octet == '\n';
    after_return_ = octet == '\r';
    if (ends_return)
      continue;
    if (octet == '\n' || octet == '\r')
      end_line(receive);
    else
      line_ += octet;
    if (line_.size() + data_.size() > most_event_octets)
      return false;
  }
  return true;
}

void event_stream::restart() {
  line_.clear();
  data_.clear();
  id_ = last_id_;
  after_return_ = false;
}

void event_stream::end_line(const receiver& receive) {
  if (!line_.empty()) {
    const auto colon = line_.find(':');
    const std::string_view line = line_;
    auto value = colon == line.npos ? std::string_view{} : line.substr(colon + 1);
    if (value.starts_with(' '))
      value.remove_prefix(1);
    take_field(line.substr(0, colon), value); // a comment is a field without a name
    line_.clear();
    return;
  }
  last_id_ = id_;
  if (data_.empty())
    return;
  data_.pop_back();
  receive(data_);
  data_.clear();
}

void event_stream::take_field(std::string_view name, std::string_view value) {
  if (name == "data")
    data_.append(value) += '\n';
  else if (name == "id" && value.size() <= longest_event_id && value.find('\0') == value.npos)
    id_ = value;
}

} // namespace fedhub::ctl
