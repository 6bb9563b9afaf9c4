import Engine
import FoundationEssentials
import Glibc
import Support
import Testing

@Suite(.timeLimit(.minutes(10))) @EventLoop struct FileWatchTests {
    private let folder = TemporaryFolder()
    private let calls = Calls()
    private var path: String { folder.file("watched") }

    init() throws {
        try "1".write(toFile: path, atomically: false, encoding: .utf8)
    }

    private func watch() -> FileWatch? {
        FileWatch(path) { [calls] in calls.count += 1 }
    }

    private func touch() {
        #expect(utimensat(AT_FDCWD, path, nil, 0) == 0)
    }

    /// Whatever the kernel has told of by now has been heard of: a later watch of the same file is called, too.
    private func settle() async {
        let later = Calls()
        let watch = FileWatch(path) { later.count += 1 }
        touch()
        #expect(await eventually { later.count == 1 })
        watch?.cancel()
    }

    @Test("a touch is told once, and so is the next one")
    func aTouchIsToldOnce() async {
        let watch = watch()
        touch()
        #expect(await eventually { calls.count == 1 })
        touch()
        #expect(await eventually { calls.count == 2 })
        watch?.cancel()
        await settle()
        #expect(calls.count == 2)
    }

    @Test("changes that come together are told once")
    func changesThatComeTogether() async {
        let watch = watch()
        for _ in 0..<1000 { touch() }
        #expect(await eventually { calls.count == 1 })
        watch?.cancel()
        await settle()
        #expect(calls.count == 1)
    }

    @Test("who only opens the file, reads it or tries its lock tells nothing")
    func whoOnlyOpensIt() async {
        let watch = watch()
        let descriptor = open(path, O_RDWR)
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        var byte: UInt8 = 0
        #expect(read(descriptor, &byte, 1) == 1)
        close(descriptor)
        await settle()
        // That of `settle`.
        #expect(await eventually { calls.count == 1 })
        watch?.cancel()
    }

    @Test("a file that takes its place is watched instead", arguments: ["renamed onto it", "made anew"])
    func aFileThatTakesItsPlace(_ how: String) async throws {
        let watch = watch()
        let other = how == "made anew" ? path : folder.file("other")
        if how == "made anew" { #expect(rename(path, folder.file("old")) == 0) }
        try "2".write(toFile: other, atomically: false, encoding: .utf8)
        if how != "made anew" { #expect(rename(other, path) == 0) }
        #expect(await eventually { calls.count >= 1 })
        let before = calls.count
        touch()
        #expect(await eventually { calls.count > before })
        watch?.cancel()
    }

    @Test("cancelled, or let go, it tells nothing, and its descriptor is closed")
    func cancelled() async throws {
        let cancelled = watch()
        var letGo = watch()
        #expect(letGo != nil)
        #expect(watches() == 2)
        cancelled?.cancel()
        cancelled?.cancel()
        letGo = nil
        touch()
        #expect(await eventually { watches() == 0 })
        #expect(calls.count == 0)
    }

    @Test("what is not there cannot be watched, and leaves no descriptor behind")
    func whatIsNotThere() {
        let before = descriptors()
        #expect(FileWatch(folder.file("missing")) {} == nil)
        #expect(descriptors() == before)
    }

    /// This process's inotify descriptors.
    private func descriptors() -> Set<String> {
        let folder = "/proc/self/fd/"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return Set(names).filter {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + $0))?.hasSuffix("inotify") == true
        }
    }

    /// Those that watch the file.
    private func watches() -> Int {
        var status = stat()
        #expect(stat(path, &status) == 0)
        let inode = "ino:\(String(status.st_ino, radix: 16)) "
        return descriptors().count {
            (try? String(contentsOfFile: "/proc/self/fdinfo/\($0)", encoding: .utf8))?.contains(inode) == true
        }
    }
}

@EventLoop
private final class Calls {
    var count = 0
}
