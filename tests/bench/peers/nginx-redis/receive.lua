-- Checks the signature with OpenSSL, adds the body to a Redis stream, and answers when Redis has.
local ffi = require "ffi"
local redis = require "nginx.redis"

ffi.cdef [[
const void *EVP_sha256(void);
unsigned char *HMAC(const void *md, const void *key, int key_size, const unsigned char *data, size_t size,
                    unsigned char *out, unsigned int *out_size);
int CRYPTO_memcmp(const void *a, const void *b, size_t size);
unsigned char *ngx_hex_dump(unsigned char *out, const unsigned char *bytes, size_t size);
]]

local TOLERANCE_SECONDS = 30 * 60
local sha256 = ffi.C.EVP_sha256()
local digest = ffi.new("unsigned char[32]")
local hex = ffi.new("unsigned char[64]")

local function authentic(secret, signature, body)
  local stamp, given = string.match(signature or "", "^t=(%d+),v0=(%x+)$")
  if not stamp or #given ~= 64 or math.abs(ngx.time() - tonumber(stamp)) > TOLERANCE_SECONDS then return false end
  local message = stamp .. "." .. body
  ffi.C.HMAC(sha256, secret, #secret, message, #message, digest, nil)
  ffi.C.ngx_hex_dump(hex, digest, 32)
  return ffi.C.CRYPTO_memcmp(hex, given, 64) == 0
end

local function store(socket, body)
  local client = redis:new()
  local connected, why = client:connect(socket)
  if not connected then return nil, why end
  local id, failed = client:xadd("deliveries", "*", "body", body)
  if not id then return nil, failed end
  return client:set_keepalive(60000, 1024)
end

local function new(secret, socket)
  redis.add_commands("xadd")
  return function()
    ngx.req.read_body()
    local body = ngx.req.get_body_data()
    if not body or not authentic(secret, ngx.var.http_elevenlabs_signature, body) then return ngx.exit(401) end
    local stored, why = store(socket, body)
    if not stored then
      ngx.log(ngx.ERR, why)
      return ngx.exit(503)
    end
    ngx.header["Content-Length"] = 0
  end
end

return { new = new }
