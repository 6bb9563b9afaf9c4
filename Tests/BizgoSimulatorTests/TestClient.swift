import Glibc
import HTTP
import Support

@testable import BizgoSimulator

/// A blocking client on a plain socket: it can send what no proper client would. Every call ends within `patience`.
final class TestClient {
    let descriptor: Int32

    init(port: UInt16) {
        // Programs that other tests start must not keep the connection open.
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let connected = StreamSocket.connect(descriptor, toLoopback: port)
        precondition(connected == 0, "the simulator does not listen")
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    func get(_ target: String) -> Reply {
        send("GET \(target) HTTP/1.1\r\nHost: x\r\nAuthorization: sim-key\r\n\r\n")
        return response()
    }

    func post(_ target: String, _ body: String) -> Reply {
        send(
            "POST \(target) HTTP/1.1\r\nHost: x\r\nAuthorization: sim-key\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        return response()
    }

    private var pending: [UInt8] = []

    /// One response with `Content-Length`; what came before the end where the connection ended early.
    func response() -> Reply {
        while true {
            if let body = WebhookMessage.body(of: pending) {
                let reply = Reply(bytes: pending)
                let length = Int(reply.headerLine("Content-Length") ?? "") ?? 0
                if body.count >= length {
                    let whole = Array(pending[..<(body.startIndex + length)])
                    pending.removeFirst(whole.count)
                    return Reply(bytes: whole)
                }
            }
            guard case .bytes(let more) = read() else {
                defer { pending = [] }
                return Reply(bytes: pending)
            }
            pending += more
        }
    }

    enum Read {
        case bytes([UInt8])
        case end
        case failed(Int32)
    }

    func read() -> Read {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 { return .failed(errno) }
        return count == 0 ? .end : .bytes(Array(buffer[..<count]))
    }
}

extension Reply {
    /// Looks at the head only: the body may be megabytes.
    fileprivate func headerLine(_ name: String) -> String? {
        Reply(bytes: Array(bytes.prefix(2048))).header(name)
    }
}
