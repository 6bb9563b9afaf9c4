import CCurl
import Engine
import Glibc
import Testing

@testable import HTTP

/// The set by itself, with sockets that libcurl knows nothing of: what is left of a socket whose number is used again.
@Suite(.timeLimit(.minutes(10)))
@EventLoop
final class SocketSetTests {
    private var told: [Int32] = []
    private var whenTold: @EventLoop (Int32) -> Void = { _ in }
    private lazy var set = SocketSet { [unowned self] socket, _ in
        told.append(socket)
        whenTold(socket)
    }

    /// - Returns: a socket for datagrams, connected to itself.
    private func open() -> Int32 {
        let socket = set.open(family: AF_INET, type: Int32(SOCK_DGRAM.rawValue), protocol: 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutableBytes(of: &address) {
            let address = $0.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            #expect(bind(socket, address, length) == 0)
            #expect(getsockname(socket, address, &length) == 0)
            #expect(connect(socket, address, length) == 0)
        }
        return socket
    }

    /// Closes a socket, and gives its number to a new one: the kernel hands out the lowest that is free.
    /// - Returns: false where another thread was faster, whose number it is now.
    private func closeAndOpenAgain(_ number: Int32) -> Bool {
        set.close(number)
        var opened = [open()]
        while let last = opened.last, last < number { opened.append(open()) }
        let isNumber = opened.last == number
        for socket in isNumber ? opened.dropLast() : opened[...] { set.close(socket) }
        return isNumber
    }

    /// A socket with a number that another had before, which was watched, or idle.
    private func socketWithUsedNumber(isIdle: Bool) -> Int32 {
        while true {
            let socket = open()
            #expect(set.watch(socket, for: CURL_POLL_IN))
            if isIdle { #expect(set.watch(socket, for: CURL_POLL_REMOVE)) }
            if closeAndOpenAgain(socket) { return socket }
        }
    }

    private func makeReadable(_ socket: Int32) {
        #expect(send(socket, [1], 1, 0) == 1)
    }

    private func waitUntilTold(_ socket: Int32) async {
        while !told.contains(socket) { await Task.yield() }
    }

    /// All that was ready before has been looked at by then.
    private func waitForATurn() async {
        let another = open()
        #expect(set.watch(another, for: CURL_POLL_IN))
        makeReadable(another)
        await waitUntilTold(another)
        set.close(another)
    }

    /// Both are ready in one batch. What is told of the first closes the second, whose number is used again at once.
    @Test("An event of a socket that is gone is not told of the next with its number")
    func anEventOfASocketThatIsGoneIsNotToldOfTheNextWithItsNumber() async {
        let sockets = [open(), open()]
        var taken: Int32?
        told = []
        for socket in sockets {
            #expect(set.watch(socket, for: CURL_POLL_IN))
            makeReadable(socket)
        }
        whenTold = { [unowned self] first in
            guard told.count == 1, let second = sockets.first(where: { $0 != first }) else { return }
            #expect(set.watch(first, for: CURL_POLL_REMOVE))
            guard closeAndOpenAgain(second) else { return taken = second }
            #expect(set.watch(second, for: CURL_POLL_IN))
        }
        while told.isEmpty { await Task.yield() }
        if let taken {
            for socket in sockets where socket != taken { set.close(socket) }
            return await anEventOfASocketThatIsGoneIsNotToldOfTheNextWithItsNumber()
        }
        await waitForATurn()
        #expect(told.filter(sockets.contains).count == 1)
        for socket in sockets { set.close(socket) }
    }

    @Test("A number that is used again is watched anew", arguments: [true, false])
    func aNumberThatIsUsedAgainIsWatchedAnew(isIdle: Bool) async {
        let socket = socketWithUsedNumber(isIdle: isIdle)
        #expect(set.watch(socket, for: CURL_POLL_IN))
        makeReadable(socket)
        await waitUntilTold(socket)
        set.close(socket)
    }

    /// libcurl's own pairs, by which it hears from its resolver, are not opened or closed through the set.
    @Test("A number that was closed elsewhere is watched anew")
    func aNumberThatWasClosedElsewhereIsWatchedAnew() async {
        var pair: [Int32] = [0, 0]
        for _ in 0..<2 {
            #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
            #expect(set.watch(pair[0], for: CURL_POLL_IN))
            #expect(Glibc.close(pair[1]) == 0)
            await waitUntilTold(pair[0])
            told = []
            #expect(Glibc.close(pair[0]) == 0)
        }
    }

    /// An idle connection that its server has ended is ready for ever: nobody is told, and nobody looks again.
    @Test("An idle socket that is ready leaves the poll")
    func anIdleSocketThatIsReadyLeavesThePoll() async {
        let socket = open()
        #expect(set.watch(socket, for: CURL_POLL_IN))
        #expect(set.watch(socket, for: CURL_POLL_REMOVE))
        makeReadable(socket)
        while Poll.holds(socket) { await Task.yield() }
        #expect(!told.contains(socket))
        #expect(set.watch(socket, for: CURL_POLL_IN))
        await waitUntilTold(socket)
        set.close(socket)
    }
}
