//! Modules of the program are loaded, and what nothing called is run.

use super::{At, Context, ContextId, Engine, FrameId, LARGE_MODULE, MAX_CALL_DEPTH, Site, guard};
use crate::analysis::value::Value;
use crate::program::{ExprId, FunctionId, ModuleId, Target};

impl Engine<'_> {
    /// Runs the top level of a module unless it ran already; returns its frame.
    pub(crate) fn run_module(&mut self, id: ModuleId) -> FrameId {
        if let Some(frame) = self.module_frames[id.index()] {
            return frame;
        }
        // The parts of a module run together.
        if let Some(whole) = self.program.whole(id)
            && !self.module_ran(whole)
        {
            self.run_module(whole);
            if let Some(frame) = self.module_frames[id.index()] {
                return frame;
            }
        }
        let module = self.module(id);
        let top = &module.functions[0];
        let frame = self.new_frame(None, top.frame_size, None, None);
        self.module_frames[id.index()] = Some(frame);
        let context = ContextId(self.contexts.len() as u32);
        self.contexts.push(Context { function: Some((id, FunctionId(0))), ..Context::default() });
        self.evaluated.insert((id, FunctionId(0)), context);
        let caller = self.current;
        let (uncertain, depth, call_depth) = (self.uncertain, self.depth, self.call_depth);
        // What loading this module takes is not taken from the module that asked for it.
        let (floor, fuel) = (self.floor, self.fuel);
        if self.call_depth > 0 && module.exprs.len() > LARGE_MODULE {
            // Half of what is left: however many large modules there are, some remains for what follows.
            self.floor = self.floor.max(self.fuel - self.fuel / 2);
        }
        if self.call_depth < MAX_CALL_DEPTH * 4 {
            self.call_depth += 1;
            self.uncertain = 0;
            self.current = context;
            let way = self.take_way(guard::Way::default());
            self.block(At { module: id, frame }, &top.body);
            self.take_way(way);
            // Where loading a module runs nothing, the program is started first.
            if !self.ecosystem(id).is_typed() {
                self.settle_subclasses();
            }
        }
        if self.fuel < self.floor && self.fuel > 0 {
            self.cut_modules.push(id);
        }
        self.floor = floor.saturating_sub(fuel - self.fuel);
        (self.uncertain, self.depth, self.call_depth) = (uncertain, depth, call_depth);
        self.contexts[context.0 as usize].done = true;
        self.current = caller;
        self.context().calls.push((context, Site { module: id, expr: ExprId(u32::MAX) }));
        frame
    }

    /// Runs every function of a module that did not run yet and whose environment exists: outer ones first, so that
    /// running them brings about the inner ones.
    pub(crate) fn run_functions(&mut self, id: ModuleId) {
        for index in 1..self.module(id).functions.len() as u32 {
            let function = FunctionId(index);
            if self.evaluated.contains_key(&(id, function)) {
                continue;
            }
            let frame = self.home_frame(id, function);
            if let Some(frame) = frame {
                self.run_alone(id, function, Some(frame));
            }
        }
    }

    /// The frame around a function, where it is known.
    pub(crate) fn home_frame(&self, module: ModuleId, function: FunctionId) -> Option<FrameId> {
        // A method that was added to a class stands in another frame than the class.
        let made = self.closures_made.get(&(module, function)).copied();
        made.or_else(|| self.homes.get(&(module, function)).map(|home| home.frame))
    }

    /// Whether the frame is that of a module itself.
    pub(super) fn is_top_frame(&self, at: At) -> bool {
        self.module_frames[at.module.index()] == Some(at.frame)
    }

    pub(crate) fn module_ran(&self, id: ModuleId) -> bool {
        self.module_frames[id.index()].is_some()
    }

    /// The value of an import: the namespace of the module.
    pub(super) fn import(&mut self, module: ModuleId, target: Target) -> Value {
        match target {
            Target::Module(id) => {
                self.run_module(id);
                Value::Module(id)
            }
            Target::External(name) => Value::Api(self.external(self.ecosystem(module), name)),
        }
    }
}
