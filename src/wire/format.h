// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Every number of wire protocol 1. The same table is in aemp-protocol(7). All numbers on the wire
// are big-endian; numbers are never reused for another meaning.
#ifndef AEMP_WIRE_FORMAT_H
#define AEMP_WIRE_FORMAT_H

#include <aemp/detail/item.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aemp {

// --- the first 8 bytes of a connection: magic, version, suite, length of the rest ---

inline constexpr std::uint8_t kMagic[4] = {0x41, 0x45, 0x4d, 0x50};  // "AEMP"
inline constexpr std::uint8_t kMajorVersion = 1;
inline constexpr std::uint8_t kMinorVersion = 0;
inline constexpr std::size_t kGreetingBytes = 8;
inline constexpr std::uint8_t kSuiteSecret = 0x01;      // Noise NNpsk0
inline constexpr std::uint8_t kSuiteKeys = 0x02;        // Noise XX
inline constexpr std::uint8_t kSuiteKeysSecret = 0x03;  // Noise XXpsk0
inline constexpr std::uint8_t kSuitePlain = 0x7f;

// The suite mask in HELLO: bit 0 = suite 0x7f, bit n = suite n, so that the strongest suite two
// nodes share is the highest bit of the intersection.
inline constexpr std::uint16_t kSuiteMaskPlain = 0x0001;
constexpr std::uint16_t suite_mask(std::uint8_t suite) noexcept {
  return suite == kSuitePlain ? kSuiteMaskPlain : static_cast<std::uint16_t>(1 << suite);
}

// --- frames: 24-bit body length, 8-bit type, body ---

inline constexpr std::size_t kFrameHeaderBytes = 4;
inline constexpr std::size_t kMaxFrameBody = 66'048;
inline constexpr std::size_t kFragmentBytes = 65'536;  // of a large message, per FRAG frame
inline constexpr std::size_t kMaxOpenLarge = 8;        // large messages being received at once

// Type 0 is never used. A type with the top bit set may be skipped by a reader that does not know
// it; any other unknown type is a protocol error.
enum FrameType : std::uint8_t {
  kFrameData = 0x01,     // destination, items
  kFrameKil = 0x02,      // destination, items (reason)
  kFrameMon = 0x03,      // destination
  kFrameUnmon = 0x04,    // destination
  kFrameDown = 0x05,     // destination (a port of the sender), items (reason)
  kFrameSpawn = 0x06,    // varint serial, item (function name, text), items (arguments)
  kFrameFrag = 0x07,     // destination, u8 (kFragLast | inner type), bytes
  kFramePing = 0x08,     // 8 bytes nonce
  kFramePong = 0x09,     // 8 bytes nonce
  kFrameIdleAsk = 0x0a,  // empty
  kFrameIdleOk = 0x0b,   // empty
  kFrameIdleNo = 0x0c,   // empty
  kFrameReady = 0x0d,    // 8 bytes link ID, fields as in HELLO
  kFrameClose = 0x0e,    // u8 close code, UTF-8 text
  kFrameBye = 0x0f,      // items (reason)
};
inline constexpr std::uint8_t kFrameMaySkip = 0x80;
inline constexpr std::uint8_t kFragLast = 0x80;

// "DATA", "KIL", …; "frame 0x2a" is for the caller to write when this is empty.
std::string_view frame_word(std::uint8_t type) noexcept;

// --- records of encrypted links: u16 length of the rest, then sealed: u8 type, data ---

enum RecordType : std::uint8_t {
  kRecordData = 0x00,         // bytes of the stream of frames
  kRecordHello = 0x01,        // HELLO of the initiator; READY of the responder: fields as in HELLO
  kRecordClose = 0x02,        // u8 close code, UTF-8 text
  kRecordKeyUpdate = 0x03,    // empty: what follows has the next key
  kRecordRehandshake = 0x04,  // reserved
  kRecordPad = 0x05,          // any bytes, ignored
  kRecordBare = 0x06,         // empty, on plain data connections alone: bare bytes follow
};
inline constexpr std::size_t kRecordLengthBytes = 2;
inline constexpr std::size_t kMaxRecordData = 16'384;
inline constexpr std::size_t kSealBytes = 16;
// What a record is longer than its data.
inline constexpr std::size_t kRecordOverhead = kRecordLengthBytes + 1 + kSealBytes;
inline constexpr std::size_t kMaxRecordBytes = kMaxRecordData + kRecordOverhead;
inline constexpr unsigned kMaxKeyUpdates = 16;  // one after the other

// --- destinations: varint (serial << 2 | form), then the 8-byte origin for form 2 ---

inline constexpr std::size_t kMaxVarintBytes = 10;
inline constexpr std::size_t kMaxDestBytes = kMaxVarintBytes + 8;
inline constexpr std::uint64_t kMaxSerial = (std::uint64_t{1} << 62) - 1;

// --- close codes ---

// Why a connection was ended on purpose. 0 is not sent: it stands for "no code" in reports.
enum class CloseCode : std::uint8_t {
  none = 0,
  going = 1,       // the node leaves, or has no more use for the link
  crossed = 2,     // another connection between the two nodes is kept
  id_in_use = 3,   // another living node has this node ID
  self = 4,        // the node reached itself
  version = 5,     // no common protocol version
  suite = 6,       // no common handshake suite, or one was talked down
  protection = 7,  // one side demands more protection than the connection has
  wrong_node = 8,  // not the node that was dialled
  refused = 9,     // not allowed here (transport policy)
  protocol = 10,   // bytes that are not this protocol
  bad_hello = 11,  // a HELLO that cannot be read
  timeout = 12,    // silence, or a handshake that took too long
  overrun = 13,    // more is queued than queue_limit allows
};

// "crossed", "id_in_use", …; "" for none and for codes of later versions.
std::string_view word(CloseCode code) noexcept;

inline constexpr std::size_t kMaxCloseText = 512;  // bytes; longer texts are cut when sent

// --- HELLO: fields of u8 type, u16 length, value, in ascending order of type ---

enum HelloField : std::uint8_t {
  kHelloNodeId = 0x01,       // text, 1..255 bytes (required)
  kHelloIncarnation = 0x02,  // 8 bytes (required)
  kHelloVersions = 0x03,     // u8 lowest major, u8 highest, u8 minor, u8 0, u16 suites (required)
  kHelloProtection = 0x04,   // u8: 0 none, 1 MAC (reserved), 2 AEAD
  kHelloFeatures = 0x05,     // u64 bits
  kHelloService = 0x06,      // text; "mp" when absent
  kHelloSeenAddress = 0x07,  // text, at most 64 bytes
  kHelloSoftware = 0x08,     // text, at most 64 bytes
  kHelloBinds = 0x09,        // texts, each with a u8 length before it; at most 8
  kHelloMaxMessage = 0x0a,   // u32 bytes
  kHelloHeartbeat = 0x0b,    // u32 ms
  kHelloLastLink = 0x0c,     // 8 bytes, 0 = none
  kHelloFlags = 0x0d,        // u8: 1 = asks the other to be a global node
  kHelloPadding = 0x7f,      // any bytes
};
// Values of kHelloProtection.
inline constexpr std::uint8_t kUnprotected = 0;
inline constexpr std::uint8_t kEncrypted = 2;
inline constexpr std::uint8_t kHelloCritical = 0x80;  // an unknown type with this bit is refused
inline constexpr std::size_t kMaxHello = 1024;
inline constexpr std::size_t kMaxHelloText = 64;
inline constexpr std::size_t kMaxHelloBinds = 8;
inline constexpr std::size_t kMaxHandshakeBytes = 1200;  // read from a peer before it is up
inline constexpr std::string_view kServiceMessages = "mp";
inline constexpr std::string_view kServiceData = "aemp.data/";  // and the connection's token

// --- values ---

// CBOR tag of a port: array [node ID text, 8-byte origin, unsigned serial].
using detail::kPortTag;
static_assert(kPortTag == 44'621);

}  // namespace aemp

#endif  // AEMP_WIRE_FORMAT_H
