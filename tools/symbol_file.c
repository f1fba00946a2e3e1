// SPDX-License-Identifier: GPL-2.0
/*
 * kallsyms to ELF: three empty sections say where kernel code, kernel data and
 * modules lie, the symbol table says the rest. There are no program headers, so
 * gdb takes the addresses as they are and does not relocate them.
 */
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbol_file.h"

#define PERCPU_END 0x100000	/* addresses below this are offsets into a CPU's area */

enum section {
	SECTION_NULL,
	SECTION_TEXT,
	SECTION_DATA,
	SECTION_MODULES,
	SECTION_SYMTAB,
	SECTION_STRTAB,
	SECTION_SHSTRTAB,
	SECTIONS,
};

static const char section_names[] = "\0.text\0.data\0.modules\0.symtab\0.strtab\0.shstrtab";

struct symbol {
	uint64_t address;
	char kind;
	bool module;
	uint32_t name;		/* where in the names */
};

struct symbols {
	struct symbol *list;
	size_t count, room;
	char *names;
	size_t names_len, names_room;
};

struct span {
	uint64_t first, last;
};

static bool grow(void **list, size_t *room, size_t needed, size_t item)
{
	size_t wanted = *room ? *room : 4096;
	void *bigger;

	if (needed <= *room)
		return true;
	while (wanted < needed)
		wanted *= 2;
	bigger = realloc(*list, wanted * item);
	if (!bigger)
		return false;
	*list = bigger;
	*room = wanted;
	return true;
}

static bool add(struct symbols *symbols, uint64_t address, char kind, const char *name,
		bool module)
{
	size_t len = strlen(name) + 1;

	if (!grow((void **)&symbols->list, &symbols->room, symbols->count + 1,
		  sizeof(*symbols->list)) ||
	    !grow((void **)&symbols->names, &symbols->names_room, symbols->names_len + len, 1))
		return false;
	symbols->list[symbols->count++] = (struct symbol){
		.address = address, .kind = kind, .module = module,
		.name = symbols->names_len,
	};
	memcpy(symbols->names + symbols->names_len, name, len);
	symbols->names_len += len;
	return true;
}

/* "ffffffff81000000 T _stext\t[module]" */
static int read_line(struct symbols *symbols, char *line, bool *all_zero)
{
	unsigned long long address;
	char kind, name[512], module[80];
	int fields = sscanf(line, "%llx %c %511s %79s", &address, &kind, name, module);

	if (fields < 3)
		return -1;
	if (address)
		*all_zero = false;
	return add(symbols, address, kind, name, fields == 4) ? 0 : -2;
}

static int read_all(FILE *kallsyms, struct symbols *symbols, struct failure *failure)
{
	bool all_zero = true;
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!add(symbols, 0, 'A', "", false))
		err = -2;
	while (!err && getline(&line, &size, kallsyms) > 0)
		err = read_line(symbols, line, &all_zero);
	if (err == -1)
		fail(failure, STATUS_LOCAL, "this is not a line of kallsyms: %.60s", line);
	else if (err)
		fail(failure, STATUS_LOCAL, "out of memory");
	else if (symbols->count == 1)
		err = fail(failure, STATUS_LOCAL, "there are no symbols in the input");
	else if (all_zero)
		err = fail(failure, STATUS_LOCAL, "all addresses are 0: read /proc/kallsyms as "
			   "root, with kernel.kptr_restrict below 2");
	free(line);
	return err;
}

static int by_address(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

static bool is_code(const struct symbol *symbol)
{
	return strchr("tTwW", symbol->kind);
}

static enum section section_of(const struct symbol *symbol, const struct span *spans)
{
	unsigned int i;

	for (i = SECTION_MODULES; i >= SECTION_TEXT; i--)
		if (symbol->address >= spans[i].first && symbol->address <= spans[i].last)
			return i;
	return SECTION_NULL;
}

static void widen(struct span *span, uint64_t address)
{
	if (!span->first || address < span->first)
		span->first = address;
	if (address > span->last)
		span->last = address;
}

/* Where code, data and modules lie; data is what is behind the code. */
static void measure(const struct symbols *symbols, struct span *spans)
{
	size_t i;

	for (i = 1; i < symbols->count; i++) {
		const struct symbol *symbol = &symbols->list[i];
		const char *name = symbols->names + symbol->name;

		if (symbol->address < PERCPU_END)
			continue;
		if (symbol->module)
			widen(&spans[SECTION_MODULES], symbol->address);
		else if (!strcmp(name, "_stext") || !strcmp(name, "_text") ||
			 !strcmp(name, "_etext"))
			widen(&spans[SECTION_TEXT], symbol->address);
		else if (!strcmp(name, "_end") || !strcmp(name, "__start_rodata"))
			widen(&spans[SECTION_DATA], symbol->address);
	}
	if (spans[SECTION_DATA].first <= spans[SECTION_TEXT].last)
		spans[SECTION_DATA].first = spans[SECTION_TEXT].last + 1;
	if (spans[SECTION_MODULES].last)
		spans[SECTION_MODULES].last += 0x1000;
}

/* Up to the next symbol of the same section, so that gdb knows where it ends. */
static uint64_t size_of(const struct symbols *symbols, size_t at)
{
	const struct symbol *symbol = &symbols->list[at];
	size_t next;

	for (next = at + 1; next < symbols->count; next++)
		if (symbols->list[next].address > symbol->address)
			return symbols->list[next].address - symbol->address < 0x10000 ?
			       symbols->list[next].address - symbol->address : 0;
	return 0;
}

static void write_symbols(FILE *out, const struct symbols *symbols, const struct span *spans)
{
	size_t i;

	for (i = 0; i < symbols->count; i++) {
		const struct symbol *symbol = &symbols->list[i];
		enum section section = section_of(symbol, spans);
		Elf64_Sym entry = { .st_name = symbol->name, .st_value = symbol->address };

		if (i) {
			entry.st_info = ELF64_ST_INFO(STB_GLOBAL, is_code(symbol) ? STT_FUNC :
						      STT_OBJECT);
			entry.st_shndx = section ? section : SHN_ABS;
			entry.st_size = is_code(symbol) ? size_of(symbols, i) : 0;
		}
		fwrite(&entry, sizeof(entry), 1, out);
	}
}

static uint32_t section_name(const char *name)
{
	size_t at = 0;

	while (at < sizeof(section_names) && strcmp(section_names + at, name))
		at += strlen(section_names + at) + 1;
	return at;
}

static void write_sections(FILE *out, const struct symbols *symbols, const struct span *spans,
			   uint64_t symtab)
{
	uint64_t strtab = symtab + symbols->count * sizeof(Elf64_Sym);
	Elf64_Shdr headers[SECTIONS] = {};
	static const char *const names[] = {
		[SECTION_TEXT] = ".text", [SECTION_DATA] = ".data",
		[SECTION_MODULES] = ".modules",
	};
	unsigned int i;

	for (i = SECTION_TEXT; i <= SECTION_MODULES; i++)
		headers[i] = (Elf64_Shdr){
			.sh_name = section_name(names[i]), .sh_type = SHT_NOBITS,
			.sh_flags = SHF_ALLOC | (i == SECTION_DATA ? SHF_WRITE : SHF_EXECINSTR),
			.sh_addr = spans[i].first, .sh_offset = symtab,
			.sh_size = spans[i].last - spans[i].first, .sh_addralign = 1,
		};
	headers[SECTION_SYMTAB] = (Elf64_Shdr){
		.sh_name = section_name(".symtab"), .sh_type = SHT_SYMTAB, .sh_offset = symtab,
		.sh_size = symbols->count * sizeof(Elf64_Sym), .sh_link = SECTION_STRTAB,
		.sh_info = 1, .sh_addralign = 8, .sh_entsize = sizeof(Elf64_Sym),
	};
	headers[SECTION_STRTAB] = (Elf64_Shdr){
		.sh_name = section_name(".strtab"), .sh_type = SHT_STRTAB, .sh_offset = strtab,
		.sh_size = symbols->names_len, .sh_addralign = 1,
	};
	headers[SECTION_SHSTRTAB] = (Elf64_Shdr){
		.sh_name = section_name(".shstrtab"), .sh_type = SHT_STRTAB,
		.sh_offset = strtab + symbols->names_len, .sh_size = sizeof(section_names),
		.sh_addralign = 1,
	};
	fwrite(headers, sizeof(headers), 1, out);
}

static void write_header(FILE *out)
{
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_shoff = sizeof(Elf64_Ehdr), .e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = SECTIONS,
		.e_shstrndx = SECTION_SHSTRTAB,
	};

	fwrite(&header, sizeof(header), 1, out);
}

static int write_file(const struct symbols *symbols, const char *path, struct failure *failure)
{
	struct span spans[SECTION_MODULES + 1] = {};
	FILE *out = fopen(path, "w");
	bool bad;

	if (!out)
		return fail_errno(failure, STATUS_LOCAL, "%s", path);
	measure(symbols, spans);
	write_header(out);
	write_sections(out, symbols, spans,
		       sizeof(Elf64_Ehdr) + SECTIONS * sizeof(Elf64_Shdr));
	write_symbols(out, symbols, spans);
	fwrite(symbols->names, symbols->names_len, 1, out);
	fwrite(section_names, sizeof(section_names), 1, out);
	bad = ferror(out);
	if (fclose(out) || bad)
		return fail_errno(failure, STATUS_LOCAL, "%s", path);
	return 0;
}

/**
 * symbol_file_write - make a symbol file
 * @kallsyms: what /proc/kallsyms says, of this machine or another
 * @path: the ELF file
 * @failure: set on an error
 *
 * Return: 0 or -1.
 */
int symbol_file_write(FILE *kallsyms, const char *path, struct failure *failure)
{
	struct symbols symbols = {};
	int err = read_all(kallsyms, &symbols, failure);

	if (!err) {
		qsort(symbols.list + 1, symbols.count - 1, sizeof(*symbols.list), by_address);
		err = write_file(&symbols, path, failure);
	}
	free(symbols.list);
	free(symbols.names);
	return err ? -1 : 0;
}
