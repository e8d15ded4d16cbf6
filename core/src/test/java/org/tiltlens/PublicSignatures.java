package org.tiltlens;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Stream;

/** What a user of the library sees of the rooms: the types that its signatures are made of. */
final class PublicSignatures {
  private PublicSignatures() {}

  /** {@code WHERE shows TYPE}, one for each type of an inner room that another room shows. */
  static Stream<String> thatShowInnerRooms(JavaClasses house) {
    return house.stream()
        .filter(one -> !isInner(one) && isPublic(one) && !one.getSimpleName().startsWith("Jte"))
        .flatMap(one -> Stream.concat(shown(one), one.getMembers().stream().flatMap(m -> shown(m))))
        .sorted();
  }

  private static Stream<String> shown(JavaClass one) {
    Stream<JavaType> above =
        Stream.of(one.getSuperclass().stream(), one.getInterfaces().stream())
            .flatMap(types -> types);
    Stream<JavaType> bounds = one.getTypeParameters().stream().map(type -> type);
    return inner(
        one.getName(),
        Stream.concat(above, bounds).map(JavaType::getAllInvolvedRawTypes).flatMap(Set::stream));
  }

  private static Stream<String> shown(JavaMember member) {
    Set<JavaModifier> modifiers = member.getModifiers();
    if (!modifiers.contains(JavaModifier.PUBLIC) && !modifiers.contains(JavaModifier.PROTECTED)) {
      return Stream.empty();
    }
    Collection<JavaClass> thrown =
        member instanceof JavaCodeUnit unit ? unit.getExceptionTypes() : Set.of();
    return inner(
        member.getFullName(),
        Stream.concat(member.getAllInvolvedRawTypes().stream(), thrown.stream()));
  }

  private static Stream<String> inner(String where, Stream<JavaClass> types) {
    return types
        .map(JavaClass::getBaseComponentType)
        .filter(PublicSignatures::isInner)
        .map(type -> where + " shows " + type.getName())
        .distinct();
  }

  private static boolean isPublic(JavaClass one) {
    return one.getModifiers().contains(JavaModifier.PUBLIC)
        && one.getEnclosingClass().map(PublicSignatures::isPublic).orElse(true);
  }

  private static boolean isInner(JavaClass one) {
    return Rooms.INNER.stream()
        .anyMatch(room -> one.getPackageName().equals("org.tiltlens." + room));
  }
}
