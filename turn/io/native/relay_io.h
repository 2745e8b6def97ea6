// Batched UDP for the TURN relay: recvmmsg into a slab that JavaScript owns, sendmmsg with segmentation offload out of it. The layout of the records is written down in ../datagram-io.ts; both sides must agree on it.
#ifndef PARLEY_TURN_RELAY_IO_H
#define PARLEY_TURN_RELAY_IO_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace parley {

constexpr int kSlots = 64;               // datagrams a batch can hold
constexpr int kMaxQueued = 256;          // datagrams one flush can send
constexpr int kMaxBatches = 4;           // a socket in one turn of the event loop
constexpr int kRecordInts = 12;          // RECEIVED_STRIDE and SENT_STRIDE
constexpr size_t kMaxSegments = 64;      // of one send with offload (UDP_MAX_SEGMENTS)
constexpr size_t kMaxGsoBytes = 60000;   // stays below the largest IP packet with any headers
constexpr size_t kMaxDatagram = 65536;

// What JavaScript lends for the life of the object.
struct Memory {
  uint8_t* slab;
  size_t slab_bytes;
  size_t slot_stride;   // distance of slots, each beginning with head room
  size_t head_room;
  int32_t* received;    // kSlots records
  int32_t* queued;      // kMaxQueued records
  double* stats;        // kStat… places
};

enum Stat { kSendErrors, kBatches, kBatchedDatagrams, kSegmented, kOverflows, kStatCount };

// Fields of a received record.
enum Received { kSocket, kOffset, kLength, kPort, kW0, kW1, kW2, kW3, kTrafficClass, kHopLimit, kIcmp, kIcmpData };
// Fields of a queued record, as far as they differ.
enum Queued { kFlags = 10 };
constexpr int32_t kDontFragment = 1;

struct Address {
  int family;  // 4 or 6
  int32_t words[4];
  uint16_t port;
};

// The event loop around it. A set of epoll of our own inside the loop's would cost a system call more for every wake-up.
struct Loop {
  std::function<int(int number, int fd)> watch;  // 0 or a negative errno
  std::function<void(int number)> unwatch;
  std::function<void(int count)> on_batch;
};

class RelayIo {
 public:
  RelayIo(const Memory& memory, Loop loop);
  ~RelayIo();
  RelayIo(const RelayIo&) = delete;
  RelayIo& operator=(const RelayIo&) = delete;

  // The new socket's number, or a negative errno.
  int Open(const Address& address, bool is_listener, bool shares_port, int buffer_bytes);
  int PortOf(int number) const;
  void Close(int number);
  // Receives what a socket holds. A batch that is full is told of at once, another by Deliver.
  void OnReadable(int number, bool has_errors);
  // Tells of what has been received since; the loop calls it when it has seen to all its sockets.
  void Deliver();
  // Sends the first `count` queued records.
  void Flush(int count);
  // Writes the receive overflows of open sockets into the statistics.
  void CountOverflows();
  void CloseAll();

 private:
  struct Socket {
    int fd = -1;
    int family = 4;
    bool is_listener = false;
    bool has_gso = true;
    // What the socket itself puts on packets without a control message; 0 is the system's default.
    int32_t traffic_class = 0;
    int32_t hop_limit = 0;
    // Groups of the flush at hand that leave by this socket.
    int first_group = -1;
    int last_group = -1;
  };
  // Queued records that can share a send: same socket, destination and IP header.
  struct Group {
    int first_record;
    int last_record;
    int next_of_socket;
  };

  int ReceiveFrom(int number, int first_slot);
  int ReceiveErrors(int number, int first_slot);
  void FillRecord(int number, int slot, const msghdr& header, size_t length);
  void SendGroups(int number);
  void FollowHeader(Socket& socket, const int32_t* record);
  void AppendGroup(const Socket& socket, const Group& group);
  void SendMessages(int number);
  void SendSingly(const Socket& socket, const msghdr& header);
  int FindGroup(const int32_t* record);
  const int32_t* Record(int index) const { return memory_.queued + index * kRecordInts; }
  uint32_t Overflows(const Socket& socket) const;

  Memory memory_;
  Loop loop_;
  std::vector<Socket> sockets_;
  std::vector<int> free_numbers_;
  std::vector<int> closed_in_batch_;
  int received_count_ = 0;  // of the batch at hand, also while it is told of
  double closed_overflows_ = 0;

  // Receiving.
  mmsghdr in_headers_[kSlots];
  iovec in_vectors_[kSlots];
  sockaddr_in6 in_names_[kSlots];
  alignas(cmsghdr) uint8_t in_controls_[kSlots][128];

  // Sending.
  int next_record_[kMaxQueued];
  Group groups_[kMaxQueued];
  int group_count_ = 0;
  int16_t group_table_[kMaxQueued * 2];
  std::vector<int> flushed_sockets_;
  mmsghdr out_headers_[kMaxQueued];
  size_t out_segment_bytes_[kMaxQueued];  // 0 for a message without offload
  iovec out_vectors_[kMaxQueued];
  sockaddr_in6 out_names_[kMaxQueued];
  alignas(cmsghdr) uint8_t out_controls_[kMaxQueued][96];
  bool out_dont_fragment_[kMaxQueued];
  int out_count_ = 0;
  int out_vector_count_ = 0;
};

}  // namespace parley

#endif  // PARLEY_TURN_RELAY_IO_H
