// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/format.h"

namespace aemp {

std::string_view frame_word(std::uint8_t type) noexcept {
  switch (type) {
    case kFrameData:
      return "DATA";
    case kFrameKil:
      return "KIL";
    case kFrameMon:
      return "MON";
    case kFrameUnmon:
      return "UNMON";
    case kFrameDown:
      return "DOWN";
    case kFrameSpawn:
      return "SPAWN";
    case kFrameFrag:
      return "FRAG";
    case kFramePing:
      return "PING";
    case kFramePong:
      return "PONG";
    case kFrameIdleAsk:
      return "IDLE_ASK";
    case kFrameIdleOk:
      return "IDLE_OK";
    case kFrameIdleNo:
      return "IDLE_NO";
    case kFrameReady:
      return "READY";
    case kFrameClose:
      return "CLOSE";
    case kFrameBye:
      return "BYE";
    default:
      return {};
  }
}

std::string_view word(CloseCode code) noexcept {
  switch (code) {
    case CloseCode::none:
      return {};
    case CloseCode::going:
      return "going";
    case CloseCode::crossed:
      return "crossed";
    case CloseCode::id_in_use:
      return "id_in_use";
    case CloseCode::self:
      return "self";
    case CloseCode::version:
      return "version";
    case CloseCode::suite:
      return "suite";
    case CloseCode::protection:
      return "protection";
    case CloseCode::wrong_node:
      return "wrong_node";
    case CloseCode::refused:
      return "refused";
    case CloseCode::protocol:
      return "protocol";
    case CloseCode::bad_hello:
      return "bad_hello";
    case CloseCode::timeout:
      return "timeout";
    case CloseCode::overrun:
      return "overrun";
  }
  return {};
}

}  // namespace aemp
