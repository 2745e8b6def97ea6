// Node-API face of RelayIo. Node-API keeps its binary interface over Node's releases, so the addon is built once.
#include <node_api.h>
#include <uv.h>

#include <memory>
#include <vector>

#include "relay_io.h"

namespace {

using parley::Address;
using parley::Memory;
using parley::RelayIo;

struct Holder;

// Waits for one socket.
struct SocketPoll {
  uv_poll_t poll = {};
  Holder* holder = nullptr;
  int number = 0;
};

// Lives until JavaScript has let go of it and libuv has closed its handles.
struct Holder {
  napi_env env = nullptr;
  napi_ref callback = nullptr;
  napi_ref memory = nullptr;
  napi_async_context async_context = nullptr;
  napi_async_cleanup_hook_handle cleanup = nullptr;
  std::unique_ptr<RelayIo> io;
  uv_loop_t* loop = nullptr;
  uv_check_t check = {};           // runs when all sockets of a turn have been seen to
  std::vector<SocketPoll*> polls;  // by socket number
  int open_handles = 0;
  bool is_stopping = false;
  bool is_collected = false;
};

bool Check(napi_env env, napi_status status) {
  if (status == napi_ok) return true;
  bool is_pending = false;
  napi_is_exception_pending(env, &is_pending);
  if (!is_pending) napi_throw_type_error(env, nullptr, "wrong argument");
  return false;
}

template <size_t kCount>
bool Arguments(napi_env env, napi_callback_info info, napi_value (&values)[kCount]) {
  size_t count = kCount;
  if (!Check(env, napi_get_cb_info(env, info, &count, values, nullptr, nullptr))) return false;
  if (count == kCount) return true;
  napi_throw_type_error(env, nullptr, "wrong number of arguments");
  return false;
}

bool Int(napi_env env, napi_value value, int32_t* out) { return Check(env, napi_get_value_int32(env, value, out)); }

bool Get(napi_env env, napi_value value, Holder** out) {
  void* data = nullptr;
  if (!Check(env, napi_get_value_external(env, value, &data))) return false;
  *out = static_cast<Holder*>(data);
  if (!(*out)->is_stopping) return true;
  napi_throw_error(env, "ERR_STOPPED", "the relay's sockets are closed");
  return false;
}

napi_value Number(napi_env env, int32_t number) {
  napi_value value = nullptr;
  napi_create_int32(env, number, &value);
  return value;
}

template <typename T>
bool Array(napi_env env, napi_value value, napi_typedarray_type type, size_t least, T** data, size_t* length) {
  napi_typedarray_type actual;
  void* pointer = nullptr;
  napi_value buffer;
  size_t offset = 0;
  if (!Check(env, napi_get_typedarray_info(env, value, &actual, length, &pointer, &buffer, &offset))) return false;
  if (actual == type && *length >= least) {
    *data = static_cast<T*>(pointer);
    return true;
  }
  napi_throw_type_error(env, nullptr, "an array of another type or size was expected");
  return false;
}

void TellOfBatch(Holder* holder, int count) {
  napi_env env = holder->env;
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  napi_value callback;
  napi_value global;
  napi_value argument;
  napi_get_reference_value(env, holder->callback, &callback);
  napi_get_global(env, &global);
  napi_create_int32(env, count, &argument);
  if (napi_make_callback(env, holder->async_context, global, callback, 1, &argument, nullptr) ==
      napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

void OnReadable(uv_poll_t* poll, int status, int) {
  auto* socket = static_cast<SocketPoll*>(poll->data);
  // libuv stops at an error, which here is an ICMP message that waits to be read.
  if (status < 0) uv_poll_start(poll, UV_READABLE, OnReadable);
  socket->holder->io->OnReadable(socket->number, status < 0);
}

int Watch(Holder* holder, int number, int fd) {
  auto socket = std::make_unique<SocketPoll>();
  const int error = uv_poll_init(holder->loop, &socket->poll, fd);
  if (error != 0) return error;
  socket->poll.data = socket.get();
  socket->holder = holder;
  socket->number = number;
  uv_poll_start(&socket->poll, UV_READABLE, OnReadable);
  holder->open_handles++;
  if (static_cast<size_t>(number) >= holder->polls.size()) holder->polls.resize(number + 1);
  holder->polls[number] = socket.release();
  return 0;
}

void OnHandleClosed(Holder* holder) {
  if (--holder->open_handles > 0) return;
  holder->io.reset();
  napi_remove_async_cleanup_hook(holder->cleanup);
  if (holder->is_collected) delete holder;
}

void Unwatch(Holder* holder, int number) {
  uv_close(reinterpret_cast<uv_handle_t*>(&holder->polls[number]->poll), [](uv_handle_t* handle) {
    const std::unique_ptr<SocketPoll> closed(static_cast<SocketPoll*>(handle->data));
    OnHandleClosed(closed->holder);
  });
  holder->polls[number] = nullptr;
}

void StopHolder(Holder* holder) {
  if (holder->is_stopping) return;
  holder->is_stopping = true;
  holder->io->CloseAll();
  uv_close(reinterpret_cast<uv_handle_t*>(&holder->check),
           [](uv_handle_t* handle) { OnHandleClosed(static_cast<Holder*>(handle->data)); });
}

// create(slab, slotStride, headRoom, received, queued, stats, callback)
napi_value Create(napi_env env, napi_callback_info info) {
  napi_value args[7];
  if (!Arguments(env, info, args)) return nullptr;
  Memory memory = {};
  int32_t slot_stride = 0;
  int32_t head_room = 0;
  size_t length = 0;
  if (!Int(env, args[1], &slot_stride) || !Int(env, args[2], &head_room)) return nullptr;
  memory.slot_stride = static_cast<size_t>(slot_stride);
  memory.head_room = static_cast<size_t>(head_room);
  const size_t slab_least = memory.slot_stride * parley::kSlots;
  if (memory.slot_stride < memory.head_room + parley::kMaxDatagram) {
    napi_throw_range_error(env, nullptr, "slots are too small");
    return nullptr;
  }
  if (!Array(env, args[0], napi_uint8_array, slab_least, &memory.slab, &memory.slab_bytes)) return nullptr;
  const size_t received_least = static_cast<size_t>(parley::kSlots) * parley::kRecordInts;
  const size_t queued_least = static_cast<size_t>(parley::kMaxQueued) * parley::kRecordInts;
  if (!Array(env, args[3], napi_int32_array, received_least, &memory.received, &length)) return nullptr;
  if (!Array(env, args[4], napi_int32_array, queued_least, &memory.queued, &length)) return nullptr;
  if (!Array(env, args[5], napi_float64_array, parley::kStatCount, &memory.stats, &length)) return nullptr;

  auto holder = std::make_unique<Holder>();
  holder->env = env;
  if (!Check(env, napi_get_uv_event_loop(env, &holder->loop))) return nullptr;
  Holder* const self = holder.get();
  holder->io = std::make_unique<RelayIo>(
      memory, parley::Loop{[self](int number, int fd) { return Watch(self, number, fd); },
                           [self](int number) { Unwatch(self, number); },
                           [self](int count) { TellOfBatch(self, count); }});
  uv_check_init(holder->loop, &holder->check);
  holder->check.data = self;
  holder->open_handles = 1;
  uv_check_start(&holder->check, [](uv_check_t* check) { static_cast<Holder*>(check->data)->io->Deliver(); });
  // Open sockets keep the program running, this does not.
  uv_unref(reinterpret_cast<uv_handle_t*>(&holder->check));
  // A thread that dies does not stop us first: its loop must not be left with an open handle.
  const auto on_thread_end = [](napi_async_cleanup_hook_handle, void* data) { StopHolder(static_cast<Holder*>(data)); };
  napi_add_async_cleanup_hook(env, on_thread_end, holder.get(), &holder->cleanup);
  // The arrays are ours as long as we are: keep them all in one list.
  napi_value kept;
  napi_value name;
  napi_create_array_with_length(env, 4, &kept);
  const int lent[] = {0, 3, 4, 5};
  for (uint32_t i = 0; i < 4; i++) napi_set_element(env, kept, i, args[lent[i]]);
  napi_create_reference(env, kept, 1, &holder->memory);
  napi_create_reference(env, args[6], 1, &holder->callback);
  napi_create_string_utf8(env, "parley:turn", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, nullptr, name, &holder->async_context);
  napi_value external;
  const auto finalize = [](napi_env, void* data, void*) {
    auto* collected = static_cast<Holder*>(data);
    collected->is_collected = true;
    if (collected->open_handles == 0) delete collected;
    else StopHolder(collected);
  };
  napi_create_external(env, holder.release(), finalize, nullptr, &external);
  return external;
}

// open(handle, family, w0, w1, w2, w3, port, isListener, sharesPort, bufferBytes) -> number or -errno
napi_value Open(napi_env env, napi_callback_info info) {
  napi_value args[10];
  Holder* holder;
  int32_t numbers[9];
  if (!Arguments(env, info, args) || !Get(env, args[0], &holder)) return nullptr;
  for (int i = 0; i < 9; i++) {
    if (!Int(env, args[i + 1], &numbers[i])) return nullptr;
  }
  const Address address = {
      numbers[0], {numbers[1], numbers[2], numbers[3], numbers[4]}, static_cast<uint16_t>(numbers[5])};
  return Number(env, holder->io->Open(address, numbers[6] != 0, numbers[7] != 0, numbers[8]));
}

// One socket's or batch's number in, perhaps a number out.
template <int32_t (*kAction)(RelayIo&, int32_t)>
napi_value WithNumber(napi_env env, napi_callback_info info) {
  napi_value args[2];
  Holder* holder;
  int32_t number = 0;
  if (!Arguments(env, info, args) || !Get(env, args[0], &holder) || !Int(env, args[1], &number)) return nullptr;
  return Number(env, kAction(*holder->io, number));
}

int32_t PortOfAction(RelayIo& io, int32_t number) { return io.PortOf(number); }

int32_t CloseAction(RelayIo& io, int32_t number) {
  io.Close(number);
  return 0;
}

int32_t FlushAction(RelayIo& io, int32_t count) {
  io.Flush(count);
  return 0;
}

int32_t CountOverflowsAction(RelayIo& io, int32_t) {
  io.CountOverflows();
  return 0;
}

napi_value Stop(napi_env env, napi_callback_info info) {
  napi_value args[1];
  void* data = nullptr;
  if (!Arguments(env, info, args) || !Check(env, napi_get_value_external(env, args[0], &data))) return nullptr;
  auto* holder = static_cast<Holder*>(data);
  if (holder->is_stopping) return nullptr;
  StopHolder(holder);
  napi_delete_reference(env, holder->callback);
  napi_delete_reference(env, holder->memory);
  napi_async_destroy(env, holder->async_context);
  return nullptr;
}

napi_value Init(napi_env env, napi_value exports) {
  const napi_property_descriptor properties[] = {
      {"create", nullptr, Create, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"open", nullptr, Open, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"portOf", nullptr, WithNumber<PortOfAction>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"close", nullptr, WithNumber<CloseAction>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"flush", nullptr, WithNumber<FlushAction>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"countOverflows", nullptr, WithNumber<CountOverflowsAction>, nullptr, nullptr, nullptr, napi_enumerable,
       nullptr},
      {"stop", nullptr, Stop, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof properties / sizeof properties[0], properties);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
