import Engine
import FoundationEssentials
import Glibc
import Support
import Testing

@Suite(.timeLimit(.minutes(10))) @EventLoop struct FileLookTests {
    private let folder = TemporaryFolder()
    private let calls = Calls()
    private let tickers = ManualTickers()
    private var path: String { folder.file("watched") }

    init() throws {
        try "1".write(toFile: path, atomically: false, encoding: .utf8)
    }

    private func start() -> FileLook {
        FileLook(path, makeTicker: tickers.make) { [calls] in calls.count += 1 }
    }

    private func look() { tickers.fire(every: .seconds(1)) }

    /// Again until the kernel's clock, which goes on in steps, has another time for it.
    private func touch() {
        let before = changedAt()
        while changedAt() == before { #expect(utimensat(AT_FDCWD, path, nil, 0) == 0) }
    }

    private func changedAt() -> [Int] {
        var status = stat()
        #expect(stat(path, &status) == 0)
        return [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }

    @Test("what was touched is told at the next look, once")
    func whatWasTouched() {
        let watch = start()
        look()
        #expect(calls.count == 0)
        touch()
        touch()
        look()
        look()
        #expect(calls.count == 1)
        touch()
        look()
        #expect(calls.count == 2)
        withExtendedLifetime(watch) {}
    }

    @Test("who only opens the file, reads it or tries its lock tells nothing")
    func whoOnlyOpensIt() {
        let watch = start()
        let descriptor = open(path, O_RDWR)
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        var byte: UInt8 = 0
        #expect(read(descriptor, &byte, 1) == 1)
        close(descriptor)
        look()
        #expect(calls.count == 0)
        withExtendedLifetime(watch) {}
    }

    @Test("a file that takes its place is told, and one that is gone")
    func aFileThatTakesItsPlace() throws {
        let watch = start()
        try "2".write(toFile: folder.file("other"), atomically: false, encoding: .utf8)
        #expect(rename(folder.file("other"), path) == 0)
        look()
        #expect(calls.count == 1)
        #expect(unlink(path) == 0)
        look()
        look()
        #expect(calls.count == 2)
        withExtendedLifetime(watch) {}
    }

    @Test("cancelled, or let go, it looks no more")
    func cancelled() async {
        let cancelled = start()
        var letGo: FileLook? = start()
        #expect(letGo != nil)
        #expect(tickers.count == 2)
        cancelled.cancel()
        cancelled.cancel()
        letGo = nil
        #expect(await eventually { tickers.count == 0 })
    }
}

@EventLoop
private final class Calls {
    var count = 0
}
