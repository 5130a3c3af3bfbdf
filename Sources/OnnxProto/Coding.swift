package import FoundationEssentials
package import SwiftProtobuf

/// Why bytes are no message of the expected kind.
package enum ProtoError: Error, Equatable {
  /// The bytes end inside a field.
  case truncated
  /// Messages lie within messages more deeply than any real network's do.
  case tooDeep
  /// Anything else; the text says what, to follow "found".
  case malformed(String)
}

extension Message {
  /// Reads a message. Every payload is copied once, so `bytes` may be a mapped file that is let go afterwards.
  ///
  /// - Parameter depth: In how many messages of the file this one lies.
  package init(onnxBytes bytes: Data, depth: Int = 0) throws(ProtoError) {
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = 100 - depth
    do {
      try self.init(serializedBytes: bytes, options: options)
    } catch BinaryDecodingError.truncated {
      throw .truncated
    } catch BinaryDecodingError.messageDepthLimit {
      throw .tooDeep
    } catch BinaryDecodingError.invalidUTF8 {
      throw .malformed("a name that is not UTF-8")
    } catch {
      throw .malformed("bytes of another format")
    }
  }

  /// The message as a file holds it. A message from 2 GiB on cannot be written; its tensors must lie in external data.
  package func onnxBytes() throws(ProtoError) -> Data {
    do {
      return try serializedBytes()
    } catch {
      throw .malformed("a message of 2 GiB or more")
    }
  }
}
