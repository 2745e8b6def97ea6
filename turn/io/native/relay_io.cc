#include "relay_io.h"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <netinet/udp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

namespace parley {

namespace {

constexpr int kMaxErrorsARead = 8;
constexpr size_t kSafeSegmentBytes = 1200;  // fits the links of the Internet (RFC 8899 §5.1.2)
constexpr int32_t kIpv4Word = 0xffff;
constexpr int32_t kDefaultHopLimit = 64;

socklen_t ToSockaddr(int family, const int32_t* words, uint16_t port, sockaddr_in6* out) {
  if (family == 4) {
    auto* in4 = reinterpret_cast<sockaddr_in*>(out);
    std::memset(in4, 0, sizeof *in4);
    in4->sin_family = AF_INET;
    in4->sin_port = htons(port);
    in4->sin_addr.s_addr = htonl(static_cast<uint32_t>(words[3]));
    return sizeof *in4;
  }
  std::memset(out, 0, sizeof *out);
  out->sin6_family = AF_INET6;
  out->sin6_port = htons(port);
  for (int i = 0; i < 4; i++) {
    const uint32_t word = htonl(static_cast<uint32_t>(words[i]));
    std::memcpy(out->sin6_addr.s6_addr + 4 * i, &word, 4);
  }
  return sizeof *out;
}

void FromSockaddr(const sockaddr_in6& name, int32_t* record) {
  record[kW0] = record[kW1] = 0;
  record[kW2] = kIpv4Word;
  record[kW3] = record[kPort] = 0;
  if (name.sin6_family == AF_INET) {
    const auto& in4 = reinterpret_cast<const sockaddr_in&>(name);
    record[kPort] = ntohs(in4.sin_port);
    record[kW3] = static_cast<int32_t>(ntohl(in4.sin_addr.s_addr));
  } else if (name.sin6_family == AF_INET6) {
    record[kPort] = ntohs(name.sin6_port);
    for (int i = 0; i < 4; i++) {
      uint32_t word;
      std::memcpy(&word, name.sin6_addr.s6_addr + 4 * i, 4);
      record[kW0 + i] = static_cast<int32_t>(ntohl(word));
    }
  }
}

void SetInt(int fd, int level, int option, int value) {
  // Best effort: what a kernel lacks costs a feature of the packet, not the packet.
  (void)setsockopt(fd, level, option, &value, sizeof value);
}

void SetBuffers(int fd, int bytes) {
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) SetInt(fd, SOL_SOCKET, SO_RCVBUF, bytes);
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) != 0) SetInt(fd, SOL_SOCKET, SO_SNDBUF, bytes);
}

void AppendControl(msghdr* header, int level, int type, const void* value, size_t bytes) {
  auto* control = reinterpret_cast<cmsghdr*>(static_cast<uint8_t*>(header->msg_control) + header->msg_controllen);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(bytes);
  std::memcpy(CMSG_DATA(control), value, bytes);
  header->msg_controllen += CMSG_SPACE(bytes);
}

void SetDontFragment(int fd, int family, bool is_set) {
  if (family == 4) {
    SetInt(fd, IPPROTO_IP, IP_MTU_DISCOVER, is_set ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
  } else {
    SetInt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, is_set ? IPV6_PMTUDISC_DO : IPV6_PMTUDISC_DONT);
  }
}

// As sendmmsg. One plain datagram goes by sendto, which spares the kernel the reading of three headers.
int SendSome(int fd, mmsghdr* messages, unsigned count) {
  const msghdr& first = messages[0].msg_hdr;
  if (count > 1 || first.msg_iovlen > 1 || first.msg_control != nullptr) {
    return sendmmsg(fd, messages, count, MSG_DONTWAIT);
  }
  const iovec& data = first.msg_iov[0];
  const auto* to = static_cast<const sockaddr*>(first.msg_name);
  return sendto(fd, data.iov_base, data.iov_len, MSG_DONTWAIT, to, first.msg_namelen) < 0 ? -1 : 1;
}

uint32_t Mix(uint32_t hash, int32_t value) { return (hash ^ static_cast<uint32_t>(value)) * 0x9e3779b1u; }

}  // namespace

RelayIo::RelayIo(const Memory& memory, Loop loop) : memory_(memory), loop_(std::move(loop)) {
  for (int slot = 0; slot < kSlots; slot++) {
    in_vectors_[slot] = {memory_.slab + slot * memory_.slot_stride + memory_.head_room, kMaxDatagram};
    in_headers_[slot] = {};
    in_headers_[slot].msg_hdr.msg_iov = &in_vectors_[slot];
    in_headers_[slot].msg_hdr.msg_iovlen = 1;
    in_headers_[slot].msg_hdr.msg_name = &in_names_[slot];
    in_headers_[slot].msg_hdr.msg_namelen = sizeof in_names_[slot];
    in_headers_[slot].msg_hdr.msg_control = in_controls_[slot];
    in_headers_[slot].msg_hdr.msg_controllen = sizeof in_controls_[slot];
  }
  std::fill(std::begin(group_table_), std::end(group_table_), static_cast<int16_t>(-1));
}

RelayIo::~RelayIo() { CloseAll(); }

int RelayIo::Open(const Address& address, bool is_listener, bool shares_port, int buffer_bytes) {
  const bool is_ipv4 = address.family == 4;
  const int fd = socket(is_ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (shares_port) SetInt(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (is_ipv4) {
    SetInt(fd, IPPROTO_IP, IP_RECVTOS, 1);
    SetInt(fd, IPPROTO_IP, IP_RECVTTL, 1);
    if (!is_listener) SetInt(fd, IPPROTO_IP, IP_RECVERR, 1);
  } else {
    SetInt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    SetInt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    SetInt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    if (!is_listener) SetInt(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
  }
  SetDontFragment(fd, address.family, false);
  SetBuffers(fd, buffer_bytes);
  sockaddr_in6 name;
  const socklen_t name_bytes = ToSockaddr(address.family, address.words, address.port, &name);
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), name_bytes) != 0) {
    const int error = errno;
    close(fd);
    return -error;
  }
  int number = static_cast<int>(sockets_.size());
  if (free_numbers_.empty()) {
    sockets_.emplace_back();
  } else {
    number = free_numbers_.back();
    free_numbers_.pop_back();
  }
  const int watched = loop_.watch(number, fd);
  if (watched != 0) {
    close(fd);
    free_numbers_.push_back(number);
    return watched;
  }
  sockets_[number] = Socket();
  sockets_[number].fd = fd;
  sockets_[number].family = address.family;
  sockets_[number].is_listener = is_listener;
  return number;
}

int RelayIo::PortOf(int number) const {
  if (number < 0 || number >= static_cast<int>(sockets_.size()) || sockets_[number].fd < 0) return 0;
  sockaddr_in6 name = {};
  socklen_t bytes = sizeof name;
  if (getsockname(sockets_[number].fd, reinterpret_cast<sockaddr*>(&name), &bytes) != 0) return 0;
  int32_t record[kRecordInts];
  FromSockaddr(name, record);
  return record[kPort];
}

void RelayIo::Close(int number) {
  if (number < 0 || number >= static_cast<int>(sockets_.size()) || sockets_[number].fd < 0) return;
  closed_overflows_ += Overflows(sockets_[number]);
  loop_.unwatch(number);
  close(sockets_[number].fd);
  sockets_[number].fd = -1;
  // Records of this number may still wait in the batch at hand; it must not mean another socket before they are done.
  (received_count_ > 0 ? closed_in_batch_ : free_numbers_).push_back(number);
}

void RelayIo::CloseAll() {
  for (size_t number = 0; number < sockets_.size(); number++) Close(static_cast<int>(number));
}

void RelayIo::OnReadable(int number, bool has_errors) {
  for (int batch = 0; batch < kMaxBatches && sockets_[number].fd >= 0; batch++) {
    if (has_errors && batch == 0) received_count_ += ReceiveErrors(number, received_count_);
    if (received_count_ < kSlots) received_count_ += ReceiveFrom(number, received_count_);
    if (received_count_ < kSlots) return;
    Deliver();
  }
}

void RelayIo::Deliver() {
  if (received_count_ == 0) return;
  memory_.stats[kBatches] += 1;
  memory_.stats[kBatchedDatagrams] += received_count_;
  loop_.on_batch(received_count_);
  received_count_ = 0;
  free_numbers_.insert(free_numbers_.end(), closed_in_batch_.begin(), closed_in_batch_.end());
  closed_in_batch_.clear();
}

int RelayIo::ReceiveFrom(int number, int first_slot) {
  const unsigned wanted = static_cast<unsigned>(kSlots - first_slot);
  const int fd = sockets_[number].fd;
  int got = recvmmsg(fd, in_headers_ + first_slot, wanted, MSG_DONTWAIT, nullptr);
  // An ICMP error that waits on the socket is reported once in place of a datagram.
  if (got < 0 && errno != EAGAIN) got = recvmmsg(fd, in_headers_ + first_slot, wanted, MSG_DONTWAIT, nullptr);
  for (int slot = first_slot; slot < first_slot + got; slot++) {
    mmsghdr& header = in_headers_[slot];
    FillRecord(number, slot, header.msg_hdr, header.msg_len);
    // The kernel has put the sizes it used in place of the sizes there are.
    header.msg_hdr.msg_namelen = sizeof in_names_[slot];
    header.msg_hdr.msg_controllen = sizeof in_controls_[slot];
  }
  return std::max(got, 0);
}

void RelayIo::FillRecord(int number, int slot, const msghdr& header, size_t length) {
  int32_t* record = memory_.received + slot * kRecordInts;
  record[kSocket] = number;
  record[kOffset] = static_cast<int32_t>(slot * memory_.slot_stride + memory_.head_room);
  record[kLength] = static_cast<int32_t>(length);
  FromSockaddr(in_names_[slot], record);
  record[kTrafficClass] = record[kHopLimit] = record[kIcmp] = record[kIcmpData] = 0;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(const_cast<msghdr*>(&header), c)) {
    const bool is_ipv4 = c->cmsg_level == IPPROTO_IP;
    if (!is_ipv4 && c->cmsg_level != IPPROTO_IPV6) continue;
    if (c->cmsg_type == (is_ipv4 ? IP_TOS : IPV6_TCLASS)) {
      record[kTrafficClass] = *CMSG_DATA(c);
    } else if (c->cmsg_type == (is_ipv4 ? IP_TTL : IPV6_HOPLIMIT)) {
      std::memcpy(&record[kHopLimit], CMSG_DATA(c), sizeof(int32_t));
    }
  }
}

int RelayIo::ReceiveErrors(int number, int first_slot) {
  int count = 0;
  for (int i = 0; i < kMaxErrorsARead && first_slot + count < kSlots; i++) {
    msghdr header = in_headers_[first_slot + count].msg_hdr;
    // The payload is the packet we sent; who it went to is the name.
    if (recvmsg(sockets_[number].fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) break;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
      const bool is_error = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                            (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
      if (!is_error) continue;
      sock_extended_err error;
      std::memcpy(&error, CMSG_DATA(c), sizeof error);
      if (error.ee_origin != SO_EE_ORIGIN_ICMP && error.ee_origin != SO_EE_ORIGIN_ICMP6) continue;
      FillRecord(number, first_slot + count, header, 0);
      int32_t* record = memory_.received + (first_slot + count) * kRecordInts;
      record[kIcmp] = (1 << 16) | (error.ee_type << 8) | error.ee_code;
      record[kIcmpData] = static_cast<int32_t>(error.ee_info);
      count++;
      break;
    }
  }
  return count;
}

void RelayIo::Flush(int count) {
  group_count_ = 0;
  flushed_sockets_.clear();
  count = std::min(count, kMaxQueued);
  for (int i = 0; i < count; i++) {
    const int32_t* record = Record(i);
    const size_t end = static_cast<size_t>(record[kOffset]) + static_cast<size_t>(record[kLength]);
    const int number = record[kSocket];
    const bool is_sound = number >= 0 && number < static_cast<int>(sockets_.size()) && sockets_[number].fd >= 0 &&
                          record[kOffset] >= 0 && record[kLength] >= 0 && end <= memory_.slab_bytes;
    if (!is_sound) {
      memory_.stats[kSendErrors] += 1;
      continue;
    }
    next_record_[i] = -1;
    const int group = FindGroup(record);
    if (group < group_count_) {
      next_record_[groups_[group].last_record] = i;
      groups_[group].last_record = i;
      continue;
    }
    group_count_++;
    groups_[group] = {i, i, -1};
    Socket& socket = sockets_[number];
    if (socket.first_group < 0) {
      socket.first_group = group;
      flushed_sockets_.push_back(number);
    } else {
      groups_[socket.last_group].next_of_socket = group;
    }
    socket.last_group = group;
  }
  for (const int number : flushed_sockets_) SendGroups(number);
  std::fill(std::begin(group_table_), std::end(group_table_), static_cast<int16_t>(-1));
}

// The group a record belongs to; group_count_ stands for a new one.
int RelayIo::FindGroup(const int32_t* record) {
  uint32_t hash = Mix(Mix(Mix(0, record[kSocket]), record[kPort]), record[kW3]);
  hash ^= hash >> 15;
  constexpr uint32_t mask = kMaxQueued * 2 - 1;
  for (uint32_t place = hash & mask;; place = (place + 1) & mask) {
    const int group = group_table_[place];
    if (group < 0) {
      group_table_[place] = static_cast<int16_t>(group_count_);
      return group_count_;
    }
    const int32_t* other = Record(groups_[group].first_record);
    const bool is_same = other[kSocket] == record[kSocket] &&
                         std::memcmp(other + kPort, record + kPort, sizeof(int32_t) * (kFlags - kPort + 1)) == 0;
    if (is_same) return group;
  }
}

void RelayIo::SendGroups(int number) {
  Socket& socket = sockets_[number];
  out_count_ = out_vector_count_ = 0;
  if (!socket.is_listener) FollowHeader(socket, Record(groups_[socket.first_group].first_record));
  for (int group = socket.first_group; group >= 0; group = groups_[group].next_of_socket) {
    AppendGroup(socket, groups_[group]);
  }
  socket.first_group = socket.last_group = -1;
  SendMessages(number);
}

// A relay socket serves one client, whose packets rarely differ in their headers: setting the socket when they do costs
// less than a control message on each of them.
void RelayIo::FollowHeader(Socket& socket, const int32_t* record) {
  const bool is_ipv4 = socket.family == 4;
  const int level = is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
  if (record[kTrafficClass] != socket.traffic_class) {
    socket.traffic_class = record[kTrafficClass];
    SetInt(socket.fd, level, is_ipv4 ? IP_TOS : IPV6_TCLASS, socket.traffic_class);
  }
  if (record[kHopLimit] != socket.hop_limit) {
    socket.hop_limit = record[kHopLimit];
    SetInt(socket.fd, level, is_ipv4 ? IP_TTL : IPV6_UNICAST_HOPS, socket.hop_limit == 0 ? -1 : socket.hop_limit);
  }
}

// Makes messages of a group: runs of equal size, the last of a run perhaps shorter, go out as one.
void RelayIo::AppendGroup(const Socket& socket, const Group& group) {
  const int32_t* first = Record(group.first_record);
  const bool dont_fragment = (first[kFlags] & kDontFragment) != 0;
  const bool has_gso = socket.has_gso && !dont_fragment;
  for (int i = group.first_record; i >= 0;) {
    const size_t segment_bytes = static_cast<size_t>(Record(i)[kLength]);
    msghdr& header = out_headers_[out_count_].msg_hdr;
    header = {};
    header.msg_iov = out_vectors_ + out_vector_count_;
    header.msg_name = &out_names_[out_count_];
    header.msg_namelen =
        ToSockaddr(socket.family, first + kW0, static_cast<uint16_t>(first[kPort]), &out_names_[out_count_]);
    header.msg_control = out_controls_[out_count_];
    size_t total = 0;
    bool is_open = true;
    do {
      const int32_t* record = Record(i);
      const size_t bytes = static_cast<size_t>(record[kLength]);
      out_vectors_[out_vector_count_++] = {memory_.slab + record[kOffset], bytes};
      header.msg_iovlen++;
      total += bytes;
      is_open = bytes == segment_bytes;
      i = next_record_[i];
      if (i < 0) break;
      const size_t next_bytes = static_cast<size_t>(Record(i)[kLength]);
      is_open = is_open && has_gso && next_bytes > 0 && next_bytes <= segment_bytes &&
                total + next_bytes <= kMaxGsoBytes && header.msg_iovlen < kMaxSegments;
    } while (is_open);
    const bool is_ipv4 = socket.family == 4;
    const int level = is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
    if (first[kTrafficClass] != socket.traffic_class) {
      AppendControl(&header, level, is_ipv4 ? IP_TOS : IPV6_TCLASS, &first[kTrafficClass], sizeof(int));
    }
    if (first[kHopLimit] != socket.hop_limit) {
      const int hop_limit = first[kHopLimit] == 0 ? kDefaultHopLimit : first[kHopLimit];
      AppendControl(&header, level, is_ipv4 ? IP_TTL : IPV6_HOPLIMIT, &hop_limit, sizeof hop_limit);
    }
    out_segment_bytes_[out_count_] = 0;
    if (header.msg_iovlen > 1) {
      const auto gso_size = static_cast<uint16_t>(segment_bytes);
      AppendControl(&header, SOL_UDP, UDP_SEGMENT, &gso_size, sizeof gso_size);
      out_segment_bytes_[out_count_] = segment_bytes;
      memory_.stats[kSegmented] += static_cast<double>(header.msg_iovlen);
    }
    if (header.msg_controllen == 0) header.msg_control = nullptr;
    out_dont_fragment_[out_count_] = dont_fragment;
    out_count_++;
  }
}

void RelayIo::SendMessages(int number) {
  Socket& socket = sockets_[number];
  int sent = 0;
  int refused_at = -1;
  while (sent < out_count_) {
    // Messages that must not be fragmented go alone: Linux knows no such mark on a single message.
    int end = sent;
    const bool dont_fragment = out_dont_fragment_[sent];
    while (end < out_count_ && out_dont_fragment_[end] == dont_fragment) end++;
    if (dont_fragment) SetDontFragment(socket.fd, socket.family, true);
    const int result = SendSome(socket.fd, out_headers_ + sent, static_cast<unsigned>(end - sent));
    const int error = errno;
    if (dont_fragment) SetDontFragment(socket.fd, socket.family, false);
    if (result > 0) {
      sent += result;
      continue;
    }
    const size_t segment_bytes = out_segment_bytes_[sent];
    if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS) {
      // The kernel is full. What it does not take now is lost, as on any full link; nothing queues here.
      for (; sent < out_count_; sent++) {
        memory_.stats[kSendErrors] += static_cast<double>(out_headers_[sent].msg_hdr.msg_iovlen);
      }
      return;
    }
    if (segment_bytes > 0 && (error == EIO || error == EINVAL || error == EMSGSIZE)) {
      // Segments that would not fit a link say nothing about the next ones; else this device cannot segment at all.
      if (error == EIO || segment_bytes <= kSafeSegmentBytes) socket.has_gso = false;
      SendSingly(socket, out_headers_[sent].msg_hdr);
      sent++;
    } else if (refused_at != sent) {
      // Perhaps the ICMP error of an earlier datagram, which is reported once: the message itself gets a second try.
      refused_at = sent;
    } else {
      memory_.stats[kSendErrors] += static_cast<double>(out_headers_[sent].msg_hdr.msg_iovlen);
      sent++;
    }
  }
}

void RelayIo::SendSingly(const Socket& socket, const msghdr& header) {
  memory_.stats[kSegmented] -= static_cast<double>(header.msg_iovlen);
  msghdr single = header;
  // The offload's control message is the last one.
  single.msg_controllen -= CMSG_SPACE(sizeof(uint16_t));
  if (single.msg_controllen == 0) single.msg_control = nullptr;
  single.msg_iovlen = 1;
  for (size_t i = 0; i < header.msg_iovlen; i++) {
    single.msg_iov = header.msg_iov + i;
    if (sendmsg(socket.fd, &single, MSG_DONTWAIT) < 0) memory_.stats[kSendErrors] += 1;
  }
}

uint32_t RelayIo::Overflows(const Socket& socket) const {
  uint32_t info[SK_MEMINFO_VARS] = {};
  socklen_t bytes = sizeof info;
  if (getsockopt(socket.fd, SOL_SOCKET, SO_MEMINFO, info, &bytes) != 0) return 0;
  return bytes > SK_MEMINFO_DROPS * sizeof(uint32_t) ? info[SK_MEMINFO_DROPS] : 0;
}

void RelayIo::CountOverflows() {
  double total = closed_overflows_;
  for (const Socket& socket : sockets_) {
    if (socket.fd >= 0 && socket.is_listener) total += Overflows(socket);
  }
  memory_.stats[kOverflows] = total;
}

}  // namespace parley
