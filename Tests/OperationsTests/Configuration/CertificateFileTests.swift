import Glibc
import Testing

@testable import Operations

@Suite struct CertificateFileTests {
    private static let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

    private func api(_ path: String?) -> Settings.Api {
        var api = Settings.Api()
        api.caFile = path
        return api
    }

    private func problem(_ read: Result<String, FileFailure>) -> String? {
        let files = FileReader { _ in read.map { FileContent(bytes: Array($0.utf8), mode: 0o644, owner: 0) } }
        return CertificateFile(files: files).problem(api("/ca.pem"), in: "config.json5")?.description
    }

    @Test func noFileIsNoProblem() {
        #expect(CertificateFile().problem(api(nil), in: "config.json5") == nil)
    }

    @Test(arguments: [
        certificate, "# our own\r\n" + certificate, "\u{feff}text\n\n" + certificate + certificate,
        "-----BEGIN TRUSTED CERTIFICATE-----\nMIIB\n",
    ])
    func aCertificateIsFound(text: String) {
        #expect(problem(.success(text)) == nil)
    }

    @Test(arguments: [
        "", "\n", "certificate", "-----BEGIN PRIVATE KEY-----\nMIIB\n", "-----BEGIN CERTIFICATE REQUEST-----\n",
        "-----BEGIN CERTIFICATE",
    ])
    func aFileWithoutOneIsAProblem(text: String) {
        let found = problem(.success(text)) ?? ""
        #expect(found.hasPrefix("config.json5: api.ca_file: /ca.pem has no certificate in it"))
        #expect(found.contains("name a PEM file"))
    }

    @Test(arguments: [
        (FileFailure.system(ENOENT), "No such file or directory"), (.system(EACCES), "Permission denied"),
        (.notAFile, "not a regular file"), (.tooLarge(than: CertificateFile.largest), "larger than 16 MiB"),
    ])
    func aFileThatCannotBeReadIsAProblem(failure: FileFailure, words: String) {
        let remedy = "name a PEM file that the service's user can read, or null for the system's certificates"
        #expect(
            problem(.failure(failure)) == "config.json5: api.ca_file: cannot read /ca.pem: \(words); \(remedy)")
    }

    @Test func filesAreReallyRead() throws {
        try withTemporaryDirectory { folder in
            #expect(CertificateFile().problem(api(folder), in: "c")?.message.contains("not a regular file") == true)
            try write(String(repeating: "#\n", count: 1 << 20) + Self.certificate, to: "\(folder)/ca.pem", mode: 0o644)
            #expect(CertificateFile().problem(api("\(folder)/ca.pem"), in: "c") == nil)
        }
    }
}
