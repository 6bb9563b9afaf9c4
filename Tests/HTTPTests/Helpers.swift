import HTTP
import Engine
import Glibc

extension CurlTransport {
    /// With time-outs no good answer comes near to, even where hundreds of other tests keep the loop for long.
    /// - Parameter adjust: changes the configuration before use.
    static func forTests(_ adjust: (inout Configuration) -> Void = { _ in }) -> CurlTransport {
        var configuration = Configuration(
            userAgent: "bizgo-reconciler/test", connectTimeout: .seconds(90), timeout: .seconds(90))
        adjust(&configuration)
        return CurlTransport(configuration)
    }

    func get(_ path: String, from server: TestServer = .shared) async throws(TransportError) -> HTTPResponse {
        try await send(HTTPRequest(url: server.url(path)))
    }

    /// What the request fails with; nil when it does not.
    func failure(_ request: HTTPRequest) async -> TransportError? {
        do throws(TransportError) {
            _ = try await send(request)
            return nil
        } catch {
            return error
        }
    }

    func failure(_ path: String) async -> TransportError? {
        await failure(HTTPRequest(url: TestServer.shared.url(path)))
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}

enum Sockets {
    /// This process's descriptors that are sockets connected to a port of loopback.
    static func connected(to port: Int) -> [Int32] {
        (0..<4096).filter { descriptor in
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            // getpeername writes at most `length` bytes, and says in sin_family what they are.
            let result = withUnsafeMutableBytes(of: &address) {
                getpeername(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
            }
            return result == 0 && address.sin_family == AF_INET && Int(address.sin_port.bigEndian) == port
        }
    }

    /// Whether the other end has closed it.
    static func isEnded(_ descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) == 0
    }
}

enum Poll {
    /// Whether one of this process's epoll descriptors has a descriptor in it.
    static func holds(_ descriptor: Int32) -> Bool {
        (0..<4096).contains { poll in
            guard let file = fopen("/proc/self/fdinfo/\(poll)", "re") else { return false }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 256)
            while fgets(&line, Int32(line.count), file) != nil {
                let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                    .split(separator: " ", omittingEmptySubsequences: true)
                if words.first == "tfd:", words.count > 1, Int32(words[1]) == descriptor { return true }
            }
            return false
        }
    }
}
