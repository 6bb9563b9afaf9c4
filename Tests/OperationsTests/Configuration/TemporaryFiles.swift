import Glibc

struct TestFileError: Error {
    var code: Int32
}

/// A new directory, removed with the files in it afterwards.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/configuration-tests-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestFileError(code: errno) }
    let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    defer {
        if let stream = opendir(path) {
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { unlink("\(path)/\(name)") }
            }
            closedir(stream)
        }
        rmdir(path)
    }
    try body(path)
}

func write(_ text: String, to path: String, mode: mode_t) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw TestFileError(code: errno) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fchmod(descriptor, mode) == 0 else {
        throw TestFileError(code: errno)
    }
}
