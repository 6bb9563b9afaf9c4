import Glibc
import Ledger
import Support
import Testing

@Suite struct InstanceLockTests {
    @Test func aSecondInstanceIsToldOfTheFirst() throws {
        let fixture = Fixture()
        let first = try InstanceLock.acquire(forDatabase: fixture.path)
        #expect(throws: InstanceLock.LockError.held(pid: getpid())) {
            try InstanceLock.acquire(forDatabase: fixture.path)
        }
        #expect(first.path == fixture.path + ".reconciler-lock")
    }

    @Test func theLockIsFreeWhenItsHolderLetsGo() throws {
        let fixture = Fixture()
        var first: InstanceLock? = try InstanceLock.acquire(forDatabase: fixture.path)
        #expect(first != nil)
        first = nil
        _ = try InstanceLock.acquire(forDatabase: fixture.path)
    }

    @Test func anotherPathToTheSameFileIsTheSameLock() throws {
        let fixture = Fixture()
        let link = fixture.folder.file("link.db")
        symlink(fixture.path, link)
        #expect(!InstanceLock.exists(forDatabase: link))
        let first = try InstanceLock.acquire(forDatabase: link)
        #expect(throws: InstanceLock.LockError.self) { try InstanceLock.acquire(forDatabase: fixture.path) }
        #expect(InstanceLock.exists(forDatabase: link) && InstanceLock.exists(forDatabase: fixture.path))
        withExtendedLifetime(first) {}
    }

    @Test func theLockFileIsNobodyElsesAndClosedOnExecution() throws {
        let fixture = Fixture()
        let lock = try InstanceLock.acquire(forDatabase: fixture.path)
        var status = stat()
        #expect(stat(lock.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func aDatabaseThatIsMissingOrAFolderThatRefusesCannotBeLocked() throws {
        let fixture = Fixture(table: nil)
        guard case .cannotLock(let message)? = failure(fixture.path) else {
            Issue.record("locked what is not there")
            return
        }
        #expect(message.contains(fixture.path))
        let other = Fixture()
        chmod(other.folder.path, 0o555)
        defer { chmod(other.folder.path, 0o755) }
        guard case .cannotLock(let message)? = unprivileged({ failure(other.path) }) else {
            Issue.record("locked where nothing can be written")
            return
        }
        #expect(message.contains("Permission denied"))
    }

    private func failure(_ path: String) -> InstanceLock.LockError? {
        do {
            _ = try InstanceLock.acquire(forDatabase: path)
            return nil
        } catch {
            return error
        }
    }
}
