-- Prosody for `npm run bench -- signalling`, as one would set it up for Jitsi: guests, WebSocket, rooms that show real
-- addresses, epoll, no limits of rate. The bench names port and folder in the environment.
run_as_root = true
pidfile = ENV_BENCH_FOLDER .. "/prosody.pid"
data_path = ENV_BENCH_FOLDER
certificates = ENV_BENCH_FOLDER
log = { error = "*console" }
network_backend = "epoll"
network_settings = { tcp_backlog = 511 }
modules_enabled = { "saslauth", "disco", "ping", "websocket" }
modules_disabled = { "s2s", "offline" }
c2s_ports = {}
http_ports = { tonumber(ENV_BENCH_PORT) }
http_interfaces = { "127.0.0.1" }
https_ports = {}
c2s_require_encryption = false
consider_websocket_secure = true

VirtualHost "localhost"
  authentication = "anonymous"

Component "muc.localhost" "muc"
  restrict_room_creation = false
  muc_room_locking = false
  muc_room_default_public_jids = true
