// curl.h takes sys/socket.h with it: in an optimised build the names of that are then this module's, not Glibc's.
internal import CCurl
internal import Glibc
package import Reconciliation

extension IPAddress {
    /// 127.0.0.1
    package static let loopback = IPAddress(bytes: [127, 0, 0, 1])!
}

/// An address as the kernel has it (`sockaddr`), of any family.
struct SocketAddress {
    private var storage = sockaddr_storage()
    private var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    /// To be filled.
    init() {}

    init(_ address: IPAddress, _ port: UInt16) {
        if address.bytes.count == 4 {
            var value = sockaddr_in()
            value.sin_family = sa_family_t(AF_INET)
            value.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &value.sin_addr) { $0.copyBytes(from: address.bytes) }
            set(value)
        } else {
            var value = sockaddr_in6()
            value.sin6_family = sa_family_t(AF_INET6)
            value.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &value.sin6_addr) { $0.copyBytes(from: address.bytes) }
            set(value)
        }
    }

    /// - Returns: nil for a path that is too long for a socket's.
    init?(path: String) {
        var value = sockaddr_un()
        value.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &value.sun_path) { target in
            guard path.utf8.count < target.count else { return false }
            target.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { return nil }
        set(value)
    }

    private mutating func set<Value>(_ value: Value) {
        withUnsafeBytes(of: value) { bytes in withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) } }
        length = socklen_t(MemoryLayout<Value>.size)
    }

    /// Of what follows in the language of the kernel.
    func with<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// For `accept` and `getsockname`.
    mutating func fill(_ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) -> Int32 {
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        defer { length = size }
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &size) }
        }
    }

    /// What is neither of the internet's nor over a Unix socket does not come to this server.
    var peer: HTTPServer.Peer { address.map(HTTPServer.Peer.address) ?? .unix }

    private var address: IPAddress? {
        withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET: IPAddress(bytes: bytes[4..<8])
            case AF_INET6: IPAddress(bytes: bytes[8..<24])
            default: nil
            }
        }
    }

    /// Of a socket; 0 where it has none.
    static func port(of descriptor: Int32) -> UInt16 {
        var address = SocketAddress()
        guard address.fill({ getsockname(descriptor, $0, $1) }) == 0, address.address != nil else { return 0 }
        return withUnsafeBytes(of: address.storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
    }
}

extension StreamSocket {
    /// Of every socket, from its first moment on: it does not block, and a program that is started does not get it.
    static let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    /// As socket(2), for streams.
    package static func make(_ family: Int32) -> Int32 { socket(family, Int32(SOCK_STREAM.rawValue) | flags, 0) }
}

/// Sockets that listen. What they throw says what is wrong and what to do about it.
enum ListeningSocket {
    private static let backlog: Int32 = 1024
    /// The owner and the group may connect: a proxy that is in it.
    private static let mode: mode_t = 0o660

    static func open(_ address: IPAddress, _ port: UInt16) throws(HTTPServer.StartError) -> Int32 {
        let isSix = address.bytes.count == 16
        let descriptor = StreamSocket.make(isSix ? AF_INET6 : AF_INET)
        let place = isSix ? "[\(address)]:\(port)" : "\(address):\(port)"
        guard descriptor >= 0 else { throw HTTPServer.StartError(description: "no socket for \(place): \(reason())") }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        let bound = SocketAddress(address, port).with { bind(descriptor, $0, $1) }
        guard bound == 0, listen(descriptor, backlog) == 0 else {
            let error = errno
            close(descriptor)
            throw HTTPServer.StartError(
                description: "cannot listen on \(place): \(reason(error)); choose another port or 0 for any",
                isInUse: error == EADDRINUSE)
        }
        return descriptor
    }

    static func open(path: String) throws(HTTPServer.StartError) -> Int32 {
        guard let address = SocketAddress(path: path) else {
            throw HTTPServer.StartError(
                description: "cannot listen on \(path): the path is too long; choose another path")
        }
        let descriptor = StreamSocket.make(AF_UNIX)
        guard descriptor >= 0 else { throw HTTPServer.StartError(description: "no socket for \(path): \(reason())") }
        guard bindOrReplace(descriptor, address, path), chmod(path, mode) == 0, listen(descriptor, backlog) == 0 else {
            let error = errno
            close(descriptor)
            throw failure(path, error)
        }
        return descriptor
    }

    private static func failure(_ path: String, _ error: Int32) -> HTTPServer.StartError {
        HTTPServer.StartError(
            description: "cannot listen on \(path): \(reason(error)); choose another path", isInUse: error == EADDRINUSE
        )
    }

    /// Whether a socket could be made at the path; makes none.
    static func check(path: String) throws(HTTPServer.StartError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard access(folder, W_OK | X_OK) == 0 else { throw failure(path, errno) }
        var found = stat()
        guard lstat(path, &found) == 0 else { return }
        let descriptor = StreamSocket.make(AF_UNIX)
        defer { close(descriptor) }
        let isLeftBehind =
            isSocket(path) && SocketAddress(path: path)?.with { connect(descriptor, $0, $1) } != 0
            && errno == ECONNREFUSED
        if !isLeftBehind { throw failure(path, EADDRINUSE) }
    }

    private static func bindOrReplace(_ descriptor: Int32, _ address: SocketAddress, _ path: String) -> Bool {
        address.with { address, length in
            if bind(descriptor, address, length) == 0 { return true }
            guard errno == EADDRINUSE else { return false }
            // Connecting to a file that is no socket is refused, too.
            guard isSocket(path), connect(descriptor, address, length) < 0, errno == ECONNREFUSED else {
                errno = EADDRINUSE
                return false
            }
            unlink(path)
            return bind(descriptor, address, length) == 0
        }
    }

    /// Whether it is one that listens, for streams.
    static func check(_ descriptor: Int32) throws(HTTPServer.StartError) {
        guard option(SO_ACCEPTCONN, of: descriptor) == 1, option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue)
        else {
            throw HTTPServer.StartError(
                description: "descriptor \(descriptor) was handed on and is no socket that listens for streams; "
                    + "a .socket unit has ListenStream= for it, and Accept=no")
        }
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }

    private static func isSocket(_ path: String) -> Bool {
        var found = stat()
        return lstat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFSOCK
    }

    private static func reason(_ error: Int32 = errno) -> String { String(cString: strerror(error)) }
}
