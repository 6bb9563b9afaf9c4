import BizgoAPI
import FoundationEssentials
import Testing

struct ServiceCodeTableTests {
    private static func tableLines() throws -> [String] {
        let here = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        let path = here.joined(separator: "/") + "/Sources/BizgoAPI/Codes/service-codes.tsv"
        let bytes = try Data(contentsOf: URL(filePath: path))
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().map(String.init)
    }

    @Test("The Swift table is the provider's table")
    func theSwiftTableIsTheProvidersTable() throws {
        let lines = ServiceCodeTable.entries.map { entry in
            let status = entry.status.map(String.init) ?? "-"
            return [entry.layer.rawValue, entry.code, status, entry.meaning.rawValue, entry.gloss]
                .joined(separator: "\t")
        }
        #expect(try lines == Self.tableLines())
        #expect(lines.count == 92)
    }

    @Test("Every code is found in its layer only")
    func everyCodeIsFoundInItsLayerOnly() {
        for entry in ServiceCodeTable.entries {
            #expect(ServiceCodeTable.entry(for: entry.code, in: entry.layer) == entry)
        }
        #expect(ServiceCodeTable.entry(for: "A401", in: .gateway)?.meaning == .auth)
        #expect(ServiceCodeTable.entry(for: "A401", in: .service)?.meaning == .request)
        #expect(ServiceCodeTable.entry(for: "A820", in: .gateway) == nil)
        #expect(ServiceCodeTable.entry(for: "", in: .service) == nil)
    }
}
